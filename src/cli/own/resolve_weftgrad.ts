/** Modules of the user's that import `weftgrad`, wherever they lie: they get this very package. */
import { register } from 'node:module';

let isRegistered = false;

/** Whether Node itself leaves the types of TypeScript out. */
const stripsTypes = (): boolean => Boolean((process.features as { readonly typescript?: unknown }).typescript);

/**
 * From now on `weftgrad`, `weftgrad/learn` and `weftgrad/browser` are this package in every module that is loaded: the
 * user's folder needs no installation, and there are no two engines in one process. TypeScript loads as well.
 */
export function resolveWeftgrad(): void {
  if (isRegistered) return;
  isRegistered = true;
  const names = ['weftgrad', 'weftgrad/learn', 'weftgrad/browser'];
  const addresses = Object.fromEntries(names.map((name) => [name, import.meta.resolve(name)]));
  register('./module_hook.js', import.meta.url, { data: { addresses, stripsTypes: stripsTypes() } });
}

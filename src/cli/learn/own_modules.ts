/** Modules of the reader's that import `weftgrad`, wherever they lie: they get this very package. */
import { register } from 'node:module';

let isRegistered = false;

/**
 * From now on `weftgrad`, `weftgrad/learn` and `weftgrad/browser` are this package in every module that is loaded: the
 * reader's folder needs no installation, and there are no two engines in one process.
 */
export function resolveWeftgrad(): void {
  if (isRegistered) return;
  isRegistered = true;
  const names = ['weftgrad', 'weftgrad/learn', 'weftgrad/browser'];
  const addresses = Object.fromEntries(names.map((name) => [name, import.meta.resolve(name)]));
  register('./own_modules_hook.js', import.meta.url, { data: addresses });
}

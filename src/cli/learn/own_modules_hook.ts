/** Node loads this into a thread of its own, which it asks where modules are: see own_modules.ts. */

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

let addresses: Readonly<Record<string, string>> = {};

/** @param own the addresses of this package, by the names that modules import. */
export function initialize(own: Readonly<Record<string, string>>): void {
  addresses = own;
}

export function resolve(
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Promise<Resolved>,
): Promise<Resolved> {
  const url = addresses[specifier];
  return url === undefined ? next(specifier, context) : Promise.resolve({ url, shortCircuit: true });
}

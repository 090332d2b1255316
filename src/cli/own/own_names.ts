/** Names that stand for the user's own code in this process: options with choices take them too. */
const names = new Set<string>();

export function enterOwnName(name: string): void {
  names.add(name);
}

export const isOwnName = (name: string): boolean => names.has(name);

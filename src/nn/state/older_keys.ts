/** Names that layers of torchvision's models had when its published weights were saved, and their names since. */

/** As torchvision renames them when it loads such a file. */
const RENAMED: readonly (readonly [older: RegExp, now: (...found: readonly string[]) => string])[] = [
  // a vision transformer's pair of linear layers
  [/\.mlp\.linear_([12])\.(weight|bias)$/, (_, n, kind) => `.mlp.${n === '1' ? 0 : 3}.${kind}`],
  // a dense layer's norms and convolutions
  [/(denselayer\d+\.(?:norm|conv))\.([12]\.\w+)$/, (_, layer, rest) => layer + rest],
];

/** A state with the older names among its keys replaced, where the model has the newer ones and not the older. */
export function withNewerKeys<T>(state: ReadonlyMap<string, T>, own: ReadonlySet<string>): ReadonlyMap<string, T> {
  const newer = (key: string): string => {
    if (own.has(key)) return key;
    const known = RENAMED.map(([older, now]) => key.replace(older, now));
    return known.find((name) => own.has(name) && !state.has(name)) ?? key;
  };
  return new Map([...state].map(([key, value]) => [newer(key), value]));
}

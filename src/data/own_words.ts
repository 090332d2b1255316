/** How a configuration's `augment` writes steps of the user's own among the built-in ones: `flip,own.cutout=8`. */

/** Begins the names of what is the user's own, which built-in names never do. */
export const OWN = 'own.';

export const augmentWords = (spec: string): string[] => spec.split(',').map((word) => word.trim());

/** The text without the steps of the user's own. */
export const withoutOwn = (spec: string): string =>
  augmentWords(spec)
    .filter((word) => !word.startsWith(OWN))
    .join(',');

/** The names of the steps of the user's own. */
export const ownStepNames = (spec: string): string[] =>
  augmentWords(spec)
    .filter((word) => word.startsWith(OWN))
    .map((word) => word.slice(OWN.length).split('=')[0]);

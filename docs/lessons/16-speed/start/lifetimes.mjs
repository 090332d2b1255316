/**
 * Where buffers lie, by lifetime. A launch is [kernel, inputs, output]; `sizes` has the bytes of each buffer. Those in
 * `kept` are read after the last launch.
 */

/** First and last launch in which each buffer is used: { name: [first, last] }; kept ones live to list.length. */
export function lifetimes(list, kept) {
  return {}; // yours
}

/** The most bytes that are in use in one launch: no layout needs less. */
export function mostInUse(lives, sizes) {
  return 0; // yours
}

/**
 * An offset for each buffer, so that no two that live at once overlap: the largest first, each at the lowest place that
 * is free through its whole life. Returns { offsets, total }.
 */
export function place(lives, sizes) {
  const offsets = {};
  let total = 0;
  for (const name of Object.keys(lives)) {
    offsets[name] = total; // yours: this one gives each buffer memory of its own
    total += sizes[name];
  }
  return { offsets, total };
}

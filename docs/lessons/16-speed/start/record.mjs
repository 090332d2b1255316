/**
 * Record once, replay often. `work` calls ops, which call `launch(kernel, inputs, output)` for each kernel. The host's
 * part of an op (shapes, choosing a kernel, the graph) is the expensive one; a replay is only the list of launches.
 */

/** Runs work once while keeping its launches. Returns a function that does them again, without calling work. */
export function capture(device, work) {
  return () => work((...what) => device.launch(...what)); // yours: this one works again each time
}

/**
 * Drops launches whose output is never read: neither by a later launch, before it is written again, nor in the end
 * (`kept`). The order of the others stays. A launch is [kernel, inputs, output]; inputs and outputs are names of
 * buffers.
 */
export function withoutUnused(list, kept) {
  return list; // yours
}

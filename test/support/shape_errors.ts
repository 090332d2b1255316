/** Checks of what ops say about arguments that do not fit. */
import { ShapeError } from '../../src/device/errors.js';

/** @throws Error unless every call throws a ShapeError whose message begins as given. */
export function expectShapeErrors(calls: readonly (readonly [call: () => unknown, message: string])[]): void {
  for (const [call, message] of calls) {
    let thrown: unknown = null;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof ShapeError)) throw new Error(`expected a ShapeError "${message}", got ${String(thrown)}`);
    if (!thrown.message.startsWith(message)) throw new Error(`expected "${message}", got "${thrown.message}"`);
  }
}

/** The one way in which a trained network is run: captured, with its batch norms folded into its convolutions. */
import { FoldedNorms } from '../autograd/folding.js';
import { noGrad } from '../autograd/graph.js';
import type { CaptureArgument, CapturedStep } from '../device/capture.js';
import type { Device } from '../device/device.js';

/** A captured step without gradients; see `captureInference`. */
export interface Inference<A extends readonly CaptureArgument[], R> extends CapturedStep<A, R> {
  /** To be called when weights or running statistics have changed since the last call. */
  weightsChanged(): void;
}

/** Runs a forward with its batch norms folded; it must do nothing but compute. */
export type Folding = <T>(forward: () => T) => T;

/**
 * `device.capture` for a network in evaluation mode: nothing is recorded for backward, and a batch norm behind a
 * convolution costs nothing, because its scale and shift are in the convolution's weights (made once, apart from the
 * parameters). Outputs are those of `model.forward` but for rounding.
 *
 *     const infer = captureInference(device, (fold, x: Tensor) => fold(() => softmax(model.forward(x))));
 *     const p = infer(x); // overwritten by the next call; a batch of another size is captured anew
 *
 * @param body what a call does; what is inside `fold` is folded.
 */
export function captureInference<A extends readonly CaptureArgument[], R>(
  device: Device,
  body: (fold: Folding, ...args: A) => R,
): Inference<A, R> {
  const norms = new FoldedNorms();
  const fold: Folding = (forward) => norms.run(forward);
  const captured = device.capture((...args: A) => noGrad(() => body(fold, ...args)));
  const call = (...args: A): R => captured(...args);
  return Object.defineProperty(
    Object.assign(call, {
      compile: captured.compile,
      weightsChanged: () => norms.refresh(),
      release: () => {
        captured.release();
        norms.release();
      },
    }),
    'recordings',
    { get: () => captured.recordings },
  ) as Inference<A, R>;
}

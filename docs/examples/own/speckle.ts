// weft train --augment flip,./speckle.ts=0.1 --model cnn --data fashion-mnist
import { data, randn } from 'weftgrad';

/** Noise of this deviation on every pixel of a batch x (N, C, H, W), which is normalised already. */
export const speckle = data.defineAugmentation({
  name: 'speckle',
  value: 0.05, // where the command line gives none
  apply: (x, deviation) => x.add(randn(x.device, x.shape).mul(deviation)),
});

// weft train --loss ./focal.ts --model cnn --data fashion-mnist
import { crossEntropy, train } from 'weftgrad';

const GAMMA = 2;

/** Focal loss (Lin et al. 2017): what is right already counts less. (1 - p)^gamma times -log p, p that of the label. */
export const focal = train.defineLoss({
  name: 'focal',
  losses: (logits, label) => {
    const nll = crossEntropy(logits, label, { reduction: 'none' }); // (N)
    const p = nll.neg().exp();
    return p.neg().add(1).pow(GAMMA).mul(nll);
  },
});

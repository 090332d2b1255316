// weft train --model ./stale_norm.ts …: the small ResNet, but what its batch norms keep for evaluation hardly moves: after
// 500 steps it is still 95 % of what it began as, mean 0 and variance 1
import { nn } from 'weftgrad';
import { SmallResNet } from './small_resnet.ts';

export const staleNorm = nn.defineModel({
  name: 'stale-norm',
  head: 'fc',
  build: (input) => new SmallResNet(input, { momentum: 0.0001 }),
});

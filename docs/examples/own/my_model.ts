// weft train --model ./my_model.ts --data fashion-mnist --epochs 3
import { cat, flatten, nn, type Tensor } from 'weftgrad';

/** Convolutions of three sizes side by side, then the mean of the image, then a linear head. */
class Branches extends nn.Module {
  readonly small: nn.Conv2d;
  readonly middle: nn.Conv2d;
  readonly large: nn.Conv2d;
  readonly norm = new nn.BatchNorm2d(48);
  readonly pool = new nn.AdaptiveAvgPool2d(4);
  readonly fc: nn.Linear;

  constructor({ channels, classes }: nn.ModelInput) {
    super();
    this.small = new nn.Conv2d(channels, 16, 3, { padding: 1, stride: 2 });
    this.middle = new nn.Conv2d(channels, 16, 5, { padding: 2, stride: 2 });
    this.large = new nn.Conv2d(channels, 16, 7, { padding: 3, stride: 2 });
    this.fc = new nn.Linear(48 * 16, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    const branches = [this.small, this.middle, this.large].map((conv) => conv.forward(x));
    return this.fc.forward(flatten(this.pool.forward(this.norm.forward(cat(branches, 1)).relu())));
  }
}

export const branches = nn.defineModel({
  name: 'branches',
  description: 'convolutions 3x3, 5x5 and 7x7 side by side',
  head: 'fc', // path of the layer that gives the logits: what transfer learning makes anew
  build: (input) => new Branches(input),
});

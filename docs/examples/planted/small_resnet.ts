// weft train --model ./small_resnet.ts …: three residual blocks, to see faults in seconds an epoch
import { add, flatten, nn, relu, type Tensor } from 'weftgrad';

/** The share of a batch's statistics that goes into those that evaluation uses; 0.1 is usual. */
interface Momentum {
  readonly momentum: number;
}

class Block extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly shortcut: nn.Conv2d;

  constructor(from: number, to: number, stride: number, norm: Momentum) {
    super();
    this.conv1 = new nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(to, norm);
    this.conv2 = new nn.Conv2d(to, to, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(to, norm);
    this.shortcut = new nn.Conv2d(from, to, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
    return relu(add(this.bn2.forward(this.conv2.forward(h)), this.shortcut.forward(x)));
  }
}

export class SmallResNet extends nn.Module {
  readonly blocks: nn.Sequential;
  readonly pool = new nn.AdaptiveAvgPool2d(1);
  readonly fc: nn.Linear;

  constructor({ channels, classes }: nn.ModelInput, norm: Momentum) {
    super();
    const widths = [channels, 32, 64, 128];
    this.blocks = new nn.Sequential(
      ...[1, 2, 3].map((i) => new Block(widths[i - 1], widths[i], i === 1 ? 1 : 2, norm)),
    );
    this.fc = new nn.Linear(128, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    return this.fc.forward(flatten(this.pool.forward(this.blocks.forward(x))));
  }
}

export const smallResNet = nn.defineModel({
  name: 'small-resnet',
  head: 'fc',
  build: (input) => new SmallResNet(input, { momentum: 0.1 }),
});

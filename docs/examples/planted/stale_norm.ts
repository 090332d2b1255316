// weft train --model ./stale_norm.ts …: a small ResNet whose batch norms hardly take up the statistics that evaluation uses
import { add, flatten, nn, relu, type Tensor } from 'weftgrad';

/** 0.1 is usual: after 500 steps this one still has 95 % of the statistics that it began with, mean 0 and variance 1. */
const STALE = { momentum: 0.0001 };

class Block extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly shortcut: nn.Conv2d;

  constructor(from: number, to: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(to, STALE);
    this.conv2 = new nn.Conv2d(to, to, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(to, STALE);
    this.shortcut = new nn.Conv2d(from, to, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const h = this.bn2.forward(this.conv2.forward(this.bn1.forward(this.conv1.forward(x), { activation: 'relu' })));
    return relu(add(h, this.shortcut.forward(x)));
  }
}

class StaleResNet extends nn.Module {
  readonly blocks: nn.Sequential;
  readonly pool = new nn.AdaptiveAvgPool2d(1);
  readonly fc: nn.Linear;

  constructor({ channels, classes }: nn.ModelInput) {
    super();
    this.blocks = new nn.Sequential(new Block(channels, 16, 1), new Block(16, 32, 2), new Block(32, 64, 2));
    this.fc = new nn.Linear(64, classes);
  }

  forward(x: Tensor): Tensor {
    return this.fc.forward(flatten(this.pool.forward(this.blocks.forward(x))));
  }
}

export const staleNorm = nn.defineModel({ name: 'stale-norm', head: 'fc', build: (input) => new StaleResNet(input) });

// says: x is added first, then comes the relu
import { add, nn, relu } from 'weftgrad';

/** Two linear layers with batch norm: x (N, C) -> y (N, C). With a shortcut relu(x + F(x)), without it relu(F(x)). */
export class Block extends nn.Module {
  constructor(width, hasShortcut) {
    super();
    this.fc1 = new nn.Linear(width, width, { bias: false });
    this.bn1 = new nn.BatchNorm1d(width);
    this.fc2 = new nn.Linear(width, width, { bias: false });
    this.bn2 = new nn.BatchNorm1d(width);
    this.hasShortcut = hasShortcut;
  }

  forward(x) {
    const h = relu(this.bn1.forward(this.fc1.forward(x)));
    const branch = this.bn2.forward(this.fc2.forward(h));
    return this.hasShortcut ? add(relu(branch), x) : relu(branch);
  }
}

#!/usr/bin/env python3
"""
Makes pinned.json: ten training steps of small networks in PyTorch, from weights, images and noise that both sides
make from a formula (see models.py), so that none need be stored. Debian's python3-torch runs it:  python3
test/golden/pinned.py

Parameter number k, in state-dict order from 1, starts as u(i, k) / sqrt(fan-in), batch-norm weights as 1 and biases
as 0; step s sees images u(i, 1000 + s), labels 3 n + s mod classes, and, in the VAEs, noise u(i, 2000 + s). PyTorch
computes in float64. Recorded: every loss, and for each parameter and buffer after the last step its norm and its
product with u(i, 100 + k).
"""

import json
import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from noise import filled

STEPS = 10
BATCH = 8


class ConvNet(nn.Module):
    """Two blocks of convolution, batch norm, ReLU and max pooling. (No bias before a batch norm: its gradient is
    rounding alone.)"""

    shape = (BATCH, 1, 12, 12)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 10, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(10)
        self.fc = nn.Linear(90, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return self.fc(x.flatten(1))

    def loss(self, x, label, _):
        return F.cross_entropy(self(x), label)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.project = None if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.project is None else self.project(x)))


class Residual(nn.Module):
    """A stem and two residual blocks, the second one strided with a projection."""

    shape = (BATCH, 3, 8, 8)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(6)
        self.block1 = Block(6, 6, 1)
        self.block2 = Block(6, 8, 2)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.block2(self.block1(F.relu(self.bn(self.conv(x)))))
        return self.fc(x.mean((2, 3)))

    def loss(self, x, label, _):
        return F.cross_entropy(self(x), label)


def vae_loss(reconstruction, mean, logvar, beta):
    """Reconstruction and the closed form of the KL divergence, summed over an image, averaged over the batch."""
    kl = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum()
    return (reconstruction + beta * kl) / BATCH


class VAE(nn.Module):
    """20-12-4-12-20 with given noise; gaussian reconstruction of variance 1 without its constant, beta 1/2."""

    shape = (BATCH, 20)

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(20, 12)
        self.mean = nn.Linear(12, 4)
        self.logvar = nn.Linear(12, 4)
        self.decoder = nn.Linear(4, 12)
        self.output = nn.Linear(12, 20)

    def loss(self, x, _, noise):
        h = F.relu(self.encoder(x))
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.exp(0.5 * logvar) * noise
        y = self.output(F.relu(self.decoder(z)))
        return vae_loss(0.5 * F.mse_loss(y, x, reduction="sum"), mean, logvar, 0.5)


class ConvVAE(nn.Module):
    """Conditional, with batch norm: 8x8 images with the class as maps -> 32 -> 64 channels at 2x2 -> 12-4-12 and back;
    bernoulli, beta 1."""

    shape = (BATCH, 1, 8, 8)

    def __init__(self):
        super().__init__()
        halving = {"kernel_size": 4, "stride": 2, "padding": 1}
        self.down = nn.ModuleList(
            [nn.Conv2d(1 + 5, 32, **halving, bias=False), nn.Conv2d(32, 64, **halving, bias=False)]
        )
        self.down_bn = nn.ModuleList([nn.BatchNorm2d(32), nn.BatchNorm2d(64)])
        self.encoder = nn.Linear(256, 12)
        self.mean = nn.Linear(12, 4)
        self.logvar = nn.Linear(12, 4)
        self.decoder = nn.Linear(4 + 5, 12)
        self.grid = nn.Linear(12, 256)
        self.up = nn.ModuleList(
            [nn.ConvTranspose2d(64, 32, **halving, bias=False), nn.ConvTranspose2d(32, 1, **halving)]
        )
        self.up_bn = nn.ModuleList([nn.BatchNorm2d(32)])

    def loss(self, x, label, noise):
        x = (x + 1) / 2  # intensities
        hot = F.one_hot(label, 5).double()
        h = torch.cat([x, hot[:, :, None, None].expand(BATCH, 5, 8, 8)], 1)
        for conv, bn in zip(self.down, self.down_bn):
            h = F.relu(bn(conv(h)))
        h = F.relu(self.encoder(h.flatten(1)))
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.exp(0.5 * logvar) * noise
        h = F.relu(self.grid(F.relu(self.decoder(torch.cat([z, hot], 1))))).reshape(BATCH, 64, 2, 2)
        y = self.up[1](F.relu(self.up_bn[0](self.up[0](h))))
        return vae_loss(F.binary_cross_entropy_with_logits(y, x, reduction="sum"), mean, logvar, 1)


OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-4),
}


def run(name, model, optimizer):
    model = model.double()
    fan_in = 1
    for k, (key, p) in enumerate(model.named_parameters(), 1):
        if p.dim() > 1:
            fan_in = math.prod(p.shape[1:])  # a bias comes after its weight
        if "bn" not in key:
            p.data = filled(p.shape, k, 1 / math.sqrt(fan_in))
    stepper = OPTIMIZERS[optimizer](model.parameters())
    losses = []
    for s in range(STEPS):
        stepper.zero_grad()
        loss = model.loss(
            filled(model.shape, 1000 + s), (torch.arange(BATCH) * 3 + s) % 5, filled((BATCH, 4), 2000 + s)
        )
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    state = {}
    for k, (key, t) in enumerate(model.state_dict().items(), 1):
        if t.dtype == torch.float64:
            state[key] = {
                "shape": list(t.shape),
                "norm": t.norm().item(),
                "product": (t * filled(t.shape, 100 + k)).sum().item(),
            }
    return {"name": name, "optimizer": optimizer, "input": list(model.shape), "losses": losses, "state": state}


NETWORKS = {"conv net": ConvNet, "residual net": Residual, "VAE": VAE, "conv VAE": ConvVAE}
runs = [run(f"{name}, {o}", make(), o) for name, make in NETWORKS.items() for o in OPTIMIZERS]
out = pathlib.Path(__file__).parent / "numbers" / "pinned.json"
lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
out.write_text(f'{{"torch":"{torch.__version__}","runs":[\n{lines}\n]}}\n')
print(f"{out.name}: PyTorch {torch.__version__}, {len(runs)} runs")

"""
Lion, LAMB and Muon, which torch.optim has not: twelve steps of each with given gradients, by their published formulas
in float64, and the learning rates of torch.optim.swa_utils.SWALR. Makes published_optimizers.json and .bin. Run by
make.py, or alone.
"""

import torch
from torch.optim.swa_utils import SWALR
from vectors import Vectors

VECTORS = Vectors("published_optimizers")
draw, store = VECTORS.draw, VECTORS.store
STEPS = 12
DRAWN = 3  # gradients, which come again and again
trajectories = []


class Lion:
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        self.lr, self.betas, self.weight_decay = lr, betas, weight_decay
        self.m = [torch.zeros_like(p) for p in parameters]

    def step(self, parameters, gradients):
        first, second = self.betas
        for w, g, m in zip(parameters, gradients, self.m):
            direction = torch.sign(first * m + (1 - first) * g)
            w -= self.lr * (direction + self.weight_decay * w)
            m.copy_(second * m + (1 - second) * g)


class Lamb:
    """You et al. 2020, algorithm 2, with the choices of timm: see LAMB in src/optim/lamb.ts."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01, clip=False, always=False):
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.clip, self.always, self.count = clip, always, 0
        self.m = [torch.zeros_like(p) for p in parameters]
        self.v = [torch.zeros_like(p) for p in parameters]

    def step(self, parameters, gradients):
        first, second = self.betas
        self.count += 1
        for w, g, m, v in zip(parameters, gradients, self.m, self.v):
            m.mul_(first).add_(g, alpha=1 - first)
            v.mul_(second).addcmul_(g, g, value=1 - second)
            mean, square = m / (1 - first**self.count), v / (1 - second**self.count)
            update = mean / (square.sqrt() + self.eps) + self.weight_decay * w
            ratio = 1.0
            if self.weight_decay != 0 or self.always:
                norm, length = w.norm().item(), update.norm().item()
                ratio = norm / length if norm > 0 and length > 0 else 1.0
                ratio = min(ratio, 1.0) if self.clip else ratio
            w -= self.lr * ratio * update


def orthogonal(matrix):
    """Five iterations of Newton and Schulz with Jordan's coefficients."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Muon:
    """Jordan et al. 2024; matrices named here, AdamW for the rest; an attention's three projections one by one."""

    def __init__(self, parameters, lr, names, rest, momentum=0.95, nesterov=True, weight_decay=0.0, adam_lr=3e-4):
        self.lr, self.momentum, self.nesterov, self.weight_decay = lr, momentum, nesterov, weight_decay
        self.names, self.rest = names, rest
        self.m = [torch.zeros_like(p) for p in parameters]
        self.leaves = [p for p, name in zip(parameters, names) if name in rest]
        self.adam = torch.optim.AdamW(self.leaves, lr=adam_lr, betas=(0.9, 0.95), eps=1e-10, weight_decay=weight_decay)

    def step(self, parameters, gradients):
        for w, g, m, name in zip(parameters, gradients, self.m, self.names):
            if name in self.rest:
                w.grad = g.clone()
                continue
            m.lerp_(g, 1 - self.momentum)
            update = g.lerp(m, self.momentum) if self.nesterov else m
            parts = update.reshape(len(update), -1).chunk(3 if name.endswith("in_proj_weight") else 1)
            scale = max(1, parts[0].shape[0] / parts[0].shape[1]) ** 0.5
            moved = torch.cat([orthogonal(part) * scale for part in parts]).reshape(w.shape)
            w.mul_(1 - self.lr * self.weight_decay).sub_(moved, alpha=self.lr)
        self.adam.step()


# Sizes: one that is no multiple of four, one of several chunks of LAMB, zeros to begin with, two of one size of matrix.
PLAIN = {"a.weight": [7, 9], "a.bias": [7], "b.weight": [65, 64], "b.bias": [65]}
MATRICES = {
    "first.weight": [6, 5],
    "conv.weight": [8, 4, 3, 3],
    "conv.bias": [8],
    "grouped.weight": [8, 8, 3, 3],
    "wide.weight": [5, 12],
    "again.weight": [5, 12],
    "attention.in_proj_weight": [12, 4],
    "norm.weight": [4],
    "head.weight": [3, 4],
}
REST = ["first.weight", "conv.bias", "norm.weight", "head.weight"]


def trajectory(kind, make, settings, shapes):
    starts = [draw(*s, low=-0.1, high=0.1) * (0 if name.endswith("bias") else 1) for name, s in shapes.items()]
    parameters = [s.clone() for s in starts]
    optimizer = make(parameters, **settings)
    given, path = [[draw(*s) for s in shapes.values()] for _ in range(DRAWN)], []
    for step in range(STEPS):
        optimizer.step(parameters, given[step % DRAWN])
        path.append(torch.cat([p.flatten() for p in parameters]))
    trajectories.append(
        {
            "kind": kind,
            "settings": {k: v for k, v in settings.items() if k not in ("names", "rest")},
            "parameters": list(shapes.items()),
            "start": store(torch.cat([s.flatten() for s in starts])),
            "gradients": store(torch.stack([torch.cat([g.flatten() for g in gradients]) for gradients in given])),
            "path": store(torch.stack(path)[[0, 1, STEPS - 1]]),
        }
    )


def optimizers():
    trajectory("lion", Lion, {"lr": 0.001}, {"w.weight": [5, 7], "w.bias": [5]})
    trajectory(
        "lion", Lion, {"lr": 0.01, "betas": [0.95, 0.98], "weight_decay": 0.1}, {"w.weight": [5, 7], "w.bias": [5]}
    )
    trajectory("lamb", Lamb, {"lr": 0.01}, PLAIN)
    small = {"a.weight": [7, 9], "a.bias": [7]}
    trajectory("lamb", Lamb, {"lr": 0.01, "weight_decay": 0.5, "betas": [0.8, 0.95], "clip": True}, small)
    trajectory("lamb", Lamb, {"lr": 0.01, "weight_decay": 0}, small)
    trajectory("lamb", Lamb, {"lr": 0.01, "weight_decay": 0, "always": True, "eps": 0.001}, small)
    given = {"names": list(MATRICES), "rest": REST}
    trajectory("muon", Muon, {"lr": 0.02, **given}, MATRICES)
    trajectory(
        "muon", Muon, {"lr": 0.05, "momentum": 0.8, "nesterov": False, "weight_decay": 0.1, "adam_lr": 0.01, **given},
        MATRICES,
    )


def rates():
    """Rates of eight epochs, in the loop of PyTorch's documentation of SWA: averages begin with the third epoch."""
    found = []
    for anneal in (1, 3, 10):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        plain = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        averaged = SWALR(optimizer, swa_lr=0.08, anneal_epochs=anneal, anneal_strategy="cos")
        epochs = []
        for epoch in range(8):
            epochs.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            (plain if epoch < 2 else averaged).step()
        found.append({"anneal": anneal, "rates": epochs})
    return found


optimizers()
VECTORS.write(optimizers=trajectories, swa=rates())

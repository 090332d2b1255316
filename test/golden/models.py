#!/usr/bin/env python3
"""
Makes models.json: what PyTorch computes for Weft's models at weights and images that both sides make from a
formula, so that none need be stored. Debian's python3-torch runs it:  python3 test/golden/models.py

Element i of tensor number k is u(i, k) = h / 2^23 - 1, h the upper 24 bits of a mixed integer (noise.py; the test
has the same in TypeScript). Parameter number k, in state-dict order from 1, is u(i, k) / sqrt(fan-in of its layer);
the images are u(i, 0); the labels 3 n mod 10. PyTorch computes in float64. For each gradient: its norm, its sum, and
its product with u(i, 100 + k), which no permutation or transposition of the gradient leaves as it is.
"""

import json
import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from noise import filled

BATCH = 4


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 128)
        self.fc3 = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = torch.tanh(self.fc1(x.flatten(1)))
        return self.fc3(torch.tanh(self.fc2(x)))


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(3136, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def record(name, model):
    model = model.double()
    fan_in = 1
    for k, (_, p) in enumerate(model.named_parameters(), 1):
        if p.dim() > 1:
            fan_in = math.prod(p.shape[1:])  # a bias comes after its weight
        p.data = filled(p.shape, k, 1 / math.sqrt(fan_in))
    logits = model(filled((BATCH, 1, 28, 28), 0))
    loss = F.cross_entropy(logits, torch.arange(BATCH) * 3 % 10)
    loss.backward()
    gradients = {}
    for k, (key, p) in enumerate(model.named_parameters(), 1):
        g = p.grad
        product = (g * filled(p.shape, 100 + k)).sum()
        gradients[key] = {
            "shape": list(p.shape),
            "norm": g.norm().item(),
            "sum": g.sum().item(),
            "product": product.item(),
        }
    return {"name": name, "logits": logits.detach().tolist(), "loss": loss.item(), "gradients": gradients}


if __name__ == "__main__":
    models = [record("mlp", MLP()), record("lenet5", LeNet5()), record("cnn", CNN())]
    lines = ",\n".join(json.dumps(m, separators=(",", ":")) for m in models)
    out = pathlib.Path(__file__).parent / "numbers" / "models.json"
    out.write_text(f'{{"torch":"{torch.__version__}","batch":{BATCH},"models":[\n{lines}\n]}}\n')
    print(f"{out.name}: PyTorch {torch.__version__}, {len(models)} models")

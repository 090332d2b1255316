#!/usr/bin/env python3
"""
Makes architectures.json: one forward and one backward pass of every model in PyTorch and torchvision, at weights and
images that both sides make from a formula (noise.py), so that none need be stored. Debian's python3-torch and
python3-torchvision run it:
    python3 test/golden/architectures.py
With names of models it makes these anew and leaves the others as they are.

Parameter number k, in state-dict order from 1, is u(i, k) times: sqrt(6 / fan-in) for weights of layers, 1/4 for
biases and, with 1 added, for the weights of norms. (Numbers then keep their size through all layers.) Images are u(i,
0), labels 3 n mod 10. Dropout and stochastic depth are off, batch norm uses the batch (but see EVALUATED). PyTorch
computes in float64. The 4096 units of AlexNet's and VGG's fully connected layers are 64 in these passes: they hold
nine of ten of those networks' numbers. Of each model: a digest of its state dict's keys and shapes, the logits, the
loss, and of at most 12 of its gradients that are not zero but for rounding (as those of a bias before a batch norm
are): norm, sum, and the product with u(j, 1000 + k) of at most 65536 elements at even steps; and what PyTorch's own
float32 is off by.
"""

import hashlib
import json
import math
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision.models as tv
from cifar_models import Cifar, Wide
from models import CNN, LeNet5, MLP
from noise import filled
from torchvision.ops import StochasticDepth

BATCH = 2
CLASSES = 10
GRADIENTS = 12
SAMPLES = 65536
WIDE, NARROW = 4096, 64


class FashionNet(nn.Module):
    """Layers in the order and with the strides that the paper names."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, stride=1)
        self.conv2 = nn.Conv2d(32, 64, 3, stride=2)
        self.fc1 = nn.Linear(64 * 6 * 6, 128)
        self.fc2 = nn.Linear(128, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, stride=1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2, stride=2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Rows(nn.Module):
    """An image as the sequence of its rows."""

    def __init__(self, bidirectional):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(256 if bidirectional else 128, CLASSES)

    def forward(self, x):
        _, (h, _) = self.lstm(x[:, 0])
        return self.fc(torch.cat(list(h), 1))


class Pair(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class ConvBN(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1, self.block2, self.block3 = Pair(1, 32), Pair(32, 64), Pair(64, 128)
        self.fc = nn.Linear(128, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(self.block1(x), 2)
        x = F.max_pool2d(self.block2(x), 2)
        return self.fc(self.block3(x).mean((2, 3)))


# Deep networks with batch norm over two images make much of a rounding error, and a ReLU that flips changes gradients
# by a step: in float32, PyTorch's own gradients of these are off by 0.3 to 21 %. Their norms are checked in evaluation
# mode, with weights around this number (small ones in residual branches, so that numbers keep their size through all
# additions).
EVALUATED = {
    "plain32": 1,
    "plain44": 1,
    "plain56": 1,
    "googlenet": 1,
    "resnet34": 0.25,
    "resnet50": 0.25,
    "resnet110": 0.25,
    "wrn28_10": 0.5,
    "resnext50_32x4d": 0.3,
    "densenet121": 0.5,
    "regnet_y_400mf": 0.25,
}

GREY, CIFAR = (1, 28, 28), (3, 32, 32)


def torchvision_model(name, **options):
    return lambda: getattr(tv, name)(num_classes=CLASSES, weights=None, **options)


def vit_tiny_16(image_size):
    """The size of "Training data-efficient image transformers" (2020), with torchvision's names."""
    return tv.VisionTransformer(image_size, 16, 12, 3, 192, 768, num_classes=CLASSES)


MODELS = {
    "mlp": (MLP, GREY),
    "lenet5": (LeNet5, GREY),
    "cnn": (CNN, GREY),
    "convbn": (ConvBN, GREY),
    "fashionnet": (FashionNet, GREY),
    "lstm": (lambda: Rows(False), GREY),
    "bilstm": (lambda: Rows(True), GREY),
    **{f"plain{d}": (lambda d=d: Cifar(d, False, CLASSES), CIFAR) for d in (20, 32, 44, 56)},
    **{f"resnet{d}": (lambda d=d: Cifar(d, True, CLASSES), CIFAR) for d in (20, 32, 44, 56, 110)},
    "wrn16_4": (lambda: Wide(16, 4, CLASSES), CIFAR),
    "wrn28_10": (lambda: Wide(28, 10, CLASSES), (3, 16, 16)),
    "alexnet": (torchvision_model("alexnet"), (3, 64, 64)),
    **{name: (torchvision_model(name), CIFAR) for name in ("vgg11", "vgg16")},
    **{name: (torchvision_model(name), (3, 64, 64)) for name in ("vgg11_bn", "vgg16_bn")},
    "googlenet": (lambda: tv.googlenet(num_classes=CLASSES, aux_logits=False, init_weights=False), (3, 64, 64)),
    **{name: (torchvision_model(name), (3, 64, 64)) for name in ("resnet18", "resnet34", "resnet50", "squeezenet1_1")},
    **{
        name: (torchvision_model(name), (3, 64, 64))
        for name in (
            "resnext50_32x4d",
            "densenet121",
            "mobilenet_v3_small",
            "mobilenet_v3_large",
            "efficientnet_b0",
            "regnet_y_400mf",
            "convnext_tiny",
        )
    },
    "vit_tiny_16": (lambda: vit_tiny_16(64), (3, 64, 64)),
    "vit_b_16": (torchvision_model("vit_b_16", image_size=32), CIFAR),
}


def start(shape, k, key, fan_in, norm):
    if len(shape) > 1:
        return filled(shape, k, math.sqrt(6 / fan_in))
    values = filled(shape, k, 0.25)
    return (values + 1) * norm if key.endswith("weight") else values


def digits(x):
    return float(f"{x:.9g}")


def run(name, build, image, dtype):
    """Logits, loss and all gradients, each with its key and number."""
    model = build().to(dtype).train()
    for m in model.modules():
        if isinstance(m, (nn.Dropout, StochasticDepth)) or (name in EVALUATED and isinstance(m, nn.BatchNorm2d)):
            m.eval()
    named = list(model.named_parameters())
    for k, (key, p) in enumerate(named, 1):
        shape = [NARROW if d == WIDE else d for d in p.shape]
        p.data = start(shape, k, key, math.prod(shape[1:]), EVALUATED.get(name, 1)).to(dtype)
    logits = model(filled((BATCH, *image), 0).to(dtype))
    loss = F.cross_entropy(logits, torch.arange(BATCH) * 3 % 10)
    loss.backward()
    return (
        logits.detach(),
        loss.item(),
        [(k, key, p.grad.double().flatten()) for k, (key, p) in enumerate(named, 1)],
    )


def numbers(k, g):
    some = g[:: math.ceil(g.numel() / SAMPLES)]
    return [v.item() for v in (g.norm(), g.sum(), (some * filled(some.shape, 1000 + k)).sum())]


def record(name, build, shape):
    model = build()
    logits, loss, gradients = run(name, build, shape, torch.float64)
    logits32, _, gradients32 = run(name, build, shape, torch.float32)
    useful = [i for i, (_, _, g) in enumerate(gradients) if g.norm() > 1e-9]
    count = min(GRADIENTS, len(useful))
    chosen = sorted({useful[round(j * (len(useful) - 1) / max(1, count - 1))] for j in range(count)})
    kept, single = {}, 0
    for i in chosen:
        k, key, g = gradients[i]
        kept[key] = [digits(v) for v in numbers(k, g)]
        scales = [kept[key][0], kept[key][0] * math.sqrt(g.numel()), kept[key][0]]
        single = max([single, *(abs(a - b) / s for a, b, s in zip(numbers(k, gradients32[i][2]), kept[key], scales))])
    keys = "\n".join(f"{key} {','.join(map(str, t.shape))}" for key, t in model.state_dict().items())
    digest = hashlib.sha256(keys.encode()).hexdigest()[:16]
    parameters = sum(p.numel() for p in model.parameters())
    errors = [((logits32.double() - logits).abs().max() / logits.abs().max()).item(), single]
    print(
        f"{name}: {parameters} parameters, loss {loss:.4f}, errors of float32 {errors[0]:.1e} {errors[1]:.1e}",
        flush=True,
    )
    return {
        "name": name,
        "input": list(shape),
        "keys": digest,
        "parameters": parameters,
        **({"evaluated": EVALUATED[name]} if name in EVALUATED else {}),
        "single": [float(f"{e:.1e}") for e in errors],
        "logits": [[digits(v) for v in row] for row in logits.tolist()],
        "loss": digits(loss),
        "gradients": kept,
    }


if __name__ == "__main__":
    out = pathlib.Path(__file__).parent / "numbers" / "architectures.json"
    names = sys.argv[1:]
    kept = {m["name"]: m for m in json.loads(out.read_text())["models"]} if names else {}
    models = [
        record(name, build, shape) if name in names or not names else kept[name]
        for name, (build, shape) in MODELS.items()
    ]
    lines = ",\n".join(json.dumps(m, separators=(",", ":")) for m in models)
    out.write_text(f'{{"torch":"{torch.__version__}","batch":{BATCH},"models":[\n{lines}\n]}}\n')
    print(f"{out.name}: PyTorch {torch.__version__}, {len(models)} models")

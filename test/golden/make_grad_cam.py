#!/usr/bin/env python3
"""
Makes grad_cam.json: Grad-CAM (Selvaraju et al. 2017) of torchvision's networks in evaluation mode, at weights and an
image that both sides make from a formula (architectures.py, noise.py). Debian's python3-torchvision runs it:
    python3 test/golden/make_grad_cam.py
PyTorch computes in float64. The maps are the output of the module that is named here, which a global mean follows.
"""

import json
import math
import pathlib

import torch
import torchvision.models as tv
from architectures import CLASSES, digits, start
from noise import filled

SIZE = (3, 96, 96)
NORM = 0.5  # around which weights of norms are: numbers keep their size without the statistics of a batch
MAPS = {
    "resnet18": "layer4",
    "squeezenet1_1": "features",
    "mobilenet_v3_small": "features",
}


def record(name, module):
    model = getattr(tv, name)(num_classes=CLASSES, weights=None).double().eval()
    for k, (key, p) in enumerate(model.named_parameters(), 1):
        p.data = start(p.shape, k, key, math.prod(p.shape[1:]), NORM)
    seen = []
    model.get_submodule(module).register_forward_hook(lambda _m, _x, y: seen.append(y))
    logits = model(filled((1, *SIZE), 0))
    (maps,) = seen
    target = logits[0].argmax().item()
    (gradient,) = torch.autograd.grad(logits[0, target], maps)
    alpha = gradient.mean((2, 3), keepdim=True)
    cam = torch.relu((alpha * maps).sum(1))[0]
    print(f"{name}: {tuple(cam.shape)}, largest {cam.max():.4g}")
    return {"name": name, "target": target, "map": [[digits(v) for v in row] for row in cam.tolist()]}


out = pathlib.Path(__file__).parent / "numbers" / "grad_cam.json"
rows = [record(*item) for item in MAPS.items()]
head = json.dumps({"torch": torch.__version__, "input": SIZE, "classes": CLASSES, "norm": NORM})
lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
out.write_text(f'{head[:-1]}, "models":[\n{lines}\n]}}\n')

#!/usr/bin/env python3
"""
torchvision's RandAugment and TrivialAugmentWide into numbers/policies.json (base64): what the bins of each operation
are worth, and what each operation makes of a coloured and a grey image (torchvision's way of tensors, nearest pixels,
black outside). Debian's python3-torchvision runs it.
"""

import base64
import json
import pathlib

import numpy as np
import torch
import torchvision
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import RandAugment, TrivialAugmentWide, _apply_op

SIDES = (13, 18)  # height, width
rng = np.random.default_rng(21)


def picture(channels):
    """Smooth, with noise, dark in one channel: histograms of three kinds."""
    y, x = np.mgrid[0 : SIDES[0], 0 : SIDES[1]]
    planes = [30 + 9 * x + 3 * y, 60 + 60 * np.sin(x / 3) * np.cos(y / 2), 20 + 2 * y]
    noise = rng.integers(-15, 16, (3, *SIDES))
    return torch.from_numpy(np.clip(np.stack(planes) + noise, 0, 255).astype(np.uint8)[:channels])


def base(image):
    return base64.b64encode(image.numpy().tobytes()).decode()


def spaces():
    """Of every operation the magnitudes of all bins, as torchvision's tables have them."""
    policies = {"randaugment": RandAugment()._augmentation_space(31, SIDES)}
    policies["trivialaugment"] = TrivialAugmentWide()._augmentation_space(31)
    return {
        policy: {op: {"magnitudes": m.tolist() if m.ndim else [0.0], "signed": s} for op, (m, s) in table.items()}
        for policy, table in policies.items()
    }


SPACES = spaces()
IMAGES = [picture(3), picture(1)]
cases = []
for policy, image, bin in (
    ("randaugment", 0, 9),
    ("randaugment", 1, 23),
    ("trivialaugment", 0, 17),
    ("trivialaugment", 1, 29),
):
    for op, space in SPACES[policy].items():
        for way in (1, -1) if space["signed"] else (1,):
            magnitude = space["magnitudes"][bin if len(space["magnitudes"]) > 1 else 0] * way
            made = _apply_op(IMAGES[image], op, magnitude, InterpolationMode.NEAREST, None)
            cases.append({"policy": policy, "image": image, "op": op, "bin": bin, "way": way, "bytes": base(made)})
# equalize does something only where an image has more than 255 pixels below its highest value
tall = torch.from_numpy((rng.beta(2, 5, (3, 24, 25)) * 255).astype(np.uint8))
IMAGES.append(tall)
for op in ("Equalize", "AutoContrast", "Contrast"):
    made = _apply_op(tall, op, SPACES["trivialaugment"][op]["magnitudes"][-1], InterpolationMode.NEAREST, None)
    cases.append({"policy": "trivialaugment", "image": 2, "op": op, "bin": 30, "way": 1, "bytes": base(made)})
document = {
    "torchvision": torchvision.__version__,
    "spaces": SPACES,
    "images": [{"shape": list(image.shape), "bytes": base(image)} for image in IMAGES],
    "cases": cases,
}
out = pathlib.Path(__file__).parent / "numbers" / "policies.json"
lines = ",\n".join(f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in document.items())
out.write_text("{" + lines + "}\n")
print(f"torchvision {torchvision.__version__}: {len(cases)} cases")

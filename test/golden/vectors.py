"""
PyTorch's results in the making: in numbers/, of each op a file ops/OP.json, and of optimizers and runs of training a
pair NAME.json, NAME.bin. See make.py.
"""

import base64
import json
import pathlib
import re
import zlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent / "numbers"

# The cases of every op, from all scripts; make.py writes them.
CASES = {}


def rounded(values):
    """Numbers as float32 holds them, in float64."""
    return torch.tensor(np.asarray(values, dtype=np.float64).astype(np.float32).astype(np.float64))


def float32(tensor):
    return tensor.detach().numpy().astype("<f4")


def inline(tensor):
    """A tensor as ops/OP.json holds it."""
    return {"shape": list(tensor.shape), "base64": base64.b64encode(float32(tensor).tobytes()).decode()}


class Vectors:
    def __init__(self, name):
        self.name = name
        self.numbers = []
        self.count = 0
        self.seed("")

    def seed(self, text):
        """
        The generator starts anew after each case, from its name: a case that is added changes the numbers of the next
        one at most.
        """
        self.generator = np.random.default_rng(zlib.crc32(f"{self.name}/{text}".encode()))

    def draw(self, *shape, low=-1.0, high=1.0):
        return rounded(self.generator.uniform(low, high, shape))

    def whole(self, *shape, high=3):
        return rounded(self.generator.integers(0, high, shape))

    def store(self, tensor):
        """Appends a tensor to the numbers of NAME.bin and returns its entry for NAME.json."""
        data = float32(tensor)
        entry = {"at": self.count, "shape": list(tensor.shape)}
        self.numbers.append(data.tobytes())
        self.count += data.size
        return entry

    def case(self, op, name, inputs, function, args=None, differentiable=None):
        """
        Records function(*inputs) and its gradients; `differentiable` says which inputs have one (default: all). Where
        `inputs` is a function that draws them, the seed is the case's own, and no other case changes with it.
        """
        if callable(inputs):
            self.seed(f"{op} {name}")
            inputs = inputs()
        differentiable = differentiable or [True] * len(inputs)
        leaves = [x.clone().requires_grad_(d) for x, d in zip(inputs, differentiable)]
        y = function(*leaves)
        entry = {
            "name": name,
            "args": args or {},
            "inputs": [inline(x) for x in inputs],
            "y": inline(y.to(torch.float64)),
        }
        if any(differentiable):
            dy = self.draw(*y.shape)
            wanted = [x for x in leaves if x.requires_grad]
            gradients = iter(torch.autograd.grad(y, wanted, dy))
            entry["dy"] = inline(dy)
            entry["gradients"] = [inline(next(gradients)) if d else None for d in differentiable]
        CASES.setdefault(op, []).append(entry)
        self.seed(f"{op}/{name}")

    def write(self, **lists):
        """Writes NAME.json, the lists of entries, and NAME.bin, their numbers."""
        (FOLDER / f"{self.name}.bin").write_bytes(b"".join(self.numbers))
        parts = [
            f'"{key}":[\n' + ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries) + "\n]"
            for key, entries in lists.items()
        ]
        (FOLDER / f"{self.name}.json").write_text(f'{{"torch":"{torch.__version__}",' + ",".join(parts) + "}\n")


def write_op(op):
    """Writes ops/OP.json, a line for each case."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in CASES[op])
    text = f'{{"torch":"{torch.__version__}","op":"{op}","cases":[\n{lines}\n]}}\n'
    name = re.sub(r"\W+", "_", op)
    (FOLDER / "ops" / f"{name}.json").write_text(text)

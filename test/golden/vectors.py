"""
A file of PyTorch's results in the making: NAME.json, the index, and NAME.bin, little-endian float32. See make.py.
"""

import json
import pathlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent / "numbers"


def rounded(values):
    """Numbers as float32 holds them, in float64."""
    return torch.tensor(np.asarray(values, dtype=np.float64).astype(np.float32).astype(np.float64))


class Vectors:
    def __init__(self, name, seed):
        self.name = name
        self.generator = np.random.default_rng(seed)
        self.numbers = []
        self.count = 0
        self.cases = []

    def draw(self, *shape, low=-1.0, high=1.0):
        return rounded(self.generator.uniform(low, high, shape))

    def whole(self, *shape, high=3):
        return rounded(self.generator.integers(0, high, shape))

    def store(self, tensor):
        """Appends a tensor to the numbers and returns its entry in the index."""
        data = tensor.detach().numpy().astype("<f4")
        entry = {"at": self.count, "shape": list(tensor.shape)}
        self.numbers.append(data.tobytes())
        self.count += data.size
        return entry

    def case(self, op, name, inputs, function, args=None, differentiable=None):
        """Records function(*inputs) and its gradients; `differentiable` says which inputs have one (default: all)."""
        differentiable = differentiable or [True] * len(inputs)
        leaves = [x.clone().requires_grad_(d) for x, d in zip(inputs, differentiable)]
        y = function(*leaves)
        entry = {
            "op": op,
            "name": name,
            "args": args or {},
            "inputs": [self.store(x) for x in inputs],
            "y": self.store(y.to(torch.float64)),
        }
        if any(differentiable):
            dy = self.draw(*y.shape)
            wanted = [x for x in leaves if x.requires_grad]
            gradients = iter(torch.autograd.grad(y, wanted, dy))
            entry["dy"] = self.store(dy)
            entry["gradients"] = [self.store(next(gradients)) if d else None for d in differentiable]
        self.cases.append(entry)

    def write(self, **more):
        """Writes both files; `more` are further lists of entries for the index."""
        (FOLDER / f"{self.name}.bin").write_bytes(b"".join(self.numbers))
        lists = {"cases": self.cases, **more}
        parts = [
            f'"{key}":[\n' + ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries) + "\n]"
            for key, entries in lists.items()
        ]
        (FOLDER / f"{self.name}.json").write_text(f'{{"torch":"{torch.__version__}",' + ",".join(parts) + "}\n")
        print(f"{self.name}: PyTorch {torch.__version__}, {len(self.cases)} cases, {4 * self.count} bytes")

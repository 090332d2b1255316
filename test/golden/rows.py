"""The rows of the elementwise tables, from the compiled ones (rows.mjs): build first."""

import json
import pathlib
import subprocess

import torch
import torch.nn.functional as F

ROWS = json.loads(subprocess.check_output(["node", str(pathlib.Path(__file__).parent / "rows.mjs")]))


def in_torch(row, operands, given):
    """The row's expression as a function of its operands, at these arguments and its defaults for the others."""
    args = {name: float(given.get(name, default)) for name, default in row.get("args", {}).items()}
    scope = {"torch": torch, "F": F, **args}
    return lambda *xs: eval(row["torch"], {**scope, **dict(zip(operands, xs))})

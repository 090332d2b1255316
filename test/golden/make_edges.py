#!/usr/bin/env python3
"""
Makes edges.json and edges.bin: what PyTorch makes of 0, -0, NaN, infinities, denormals and other numbers at which
formulas break, in float32, and where that differs, as `exact`, in float64: a number that float32 loses on the way to
a result is no fault. `unary` and `binary`: every row of the elementwise table at every edge (or pair of edges) and
every dy, with the gradients. `cases`: ops on small tensors in which some numbers are edges. See make.py, which runs
this too.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from edge_cases import PARTS
from edge_numbers import INF, NAN, cases, f32, results, store, written
from rows import ROWS, in_torch

FOLDER = pathlib.Path(__file__).parent / "numbers"
LARGEST, TINY, SMALL = 3.4028234663852886e38, 1e-40, 1e-8  # TINY is a denormal
EDGES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    INF,
    -INF,
    NAN,
    1e38,
    -1e38,
    TINY,
    -TINY,
    SMALL,
    -SMALL,
    0.3,
    -0.3,
    2.0,
    -2.5,
    3.0,
    -3.0,
    20.0,
    -20.0,
    87.0,
    -87.0,
    5e5,
    LARGEST,
]
PAIRED = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 1e38, -1e38, TINY, SMALL, -SMALL, 0.5, -0.5, 2.0, -3.0]
DYS = [1.5, 0.0, INF, NAN]

# Losses are rows too, but their reductions are PyTorch's functions; its formula of the last is version 2's.
LOSSES = {
    "mse_loss": lambda a, b: F.mse_loss(a, b, reduction="none"),
    "l1_loss": lambda a, b: F.l1_loss(a, b, reduction="none"),
    "smooth_l1_loss": lambda a, b: F.smooth_l1_loss(a, b, reduction="none"),
    "binary_cross_entropy_with_logits": lambda a, b: (1 - b) * a - F.logsigmoid(a),
    "gaussian_kl": lambda mu, logvar: -0.5 * (1 + logvar - mu * mu - logvar.exp()),
}
ARGUMENTS = {"clamp": {"min": -1, "max": 2}}
UNARY = {name: in_torch(row, ["x"], ARGUMENTS.get(name, {})) for name, row in ROWS["unary"].items()}
BINARY = {**{name: in_torch(row, ["a", "b"], {}) for name, row in ROWS["binary"].items()}, **LOSSES}


def unary():
    x = f32([v for v in EDGES for _ in DYS])
    dy = f32(DYS).repeat(len(EDGES))
    shared = store(x)
    return [
        {"op": name, "args": ARGUMENTS.get(name, {}), "inputs": [shared], **results(function, [x], dy)}
        for name, function in UNARY.items()
    ]


def binary():
    a = f32([v for v in PAIRED for _ in PAIRED])
    b = f32(PAIRED).repeat(len(PAIRED))
    shared = [store(a), store(b)]
    return [
        {"op": name, "args": {}, "inputs": shared, **results(function, [a, b], 1.5)}
        for name, function in BINARY.items()
    ]


for part in PARTS:
    part()
lists = {"unary": unary(), "binary": binary(), "edges": cases}
(FOLDER / "edges.bin").write_bytes(written())
parts = [
    f'"{key}":[\n' + ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries) + "\n]"
    for key, entries in lists.items()
]
(FOLDER / "edges.json").write_text(f'{{"torch":"{torch.__version__}",' + ",".join(parts) + "}\n")
rows = f"{len(UNARY)} + {len(BINARY)} rows, {len(cases)} cases"
print(f"edges: PyTorch {torch.__version__}, {rows}, {len(written())} bytes")

"""
The elementwise rows: each says what it is in PyTorch, where its operands are drawn and where it is asked besides, so
that a new row needs nothing here. Run by make.py. The rows come from the compiled table (rows.mjs): build first.
"""

import torch
from rows import ROWS, in_torch
from vectors import Vectors, rounded

VECTORS = Vectors("elementwise")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case
SHAPES = [((3, 5), (3, 5)), ((2, 3, 4), (4,)), ((3, 1, 4), (2, 1)), ((), (2, 3)), ((2, 1, 3), (1, 4, 1))]


def unary(name, row):
    points = [float(p) for p in [*row.get("kinks", []), *row.get("points", [])]] or [0.0]
    low, high = row["domain"]
    for given in [{}, *row.get("tested", [])]:
        x = torch.cat([draw(13, low=low, high=high), rounded(points)])
        case(name, f"arguments {given}", [x], in_torch(row, ["x"], given), given, [row["dx"] is not None])


def binary(name, row):
    f = in_torch(row, ["a", "b"], {})
    differentiable = [row["da"] is not None] * 2
    for shapes in SHAPES:
        label = f"{shapes[0]} with {shapes[1]}"
        if row.get("integers"):
            operands = [whole(*shape) for shape in shapes]
        else:
            domains = (row["domainA"], row["domainB"])
            operands = [draw(*s, low=low, high=high) for s, (low, high) in zip(shapes, domains)]
        case(name, label, operands, f, None, differentiable)


def special():
    for name, f in (("maximum", torch.maximum), ("minimum", torch.minimum)):
        case(name, "ties", [whole(4, 5), whole(4, 5)], f)
    bases, powers = rounded([[-1.5], [0.75], [2]]), rounded([-2, -1, 1, 2, 3, 0])
    case("pow", "whole powers of any base", [bases, powers], torch.pow, differentiable=[True, False])
    case("pow", "powers of 0", [rounded([[0]]), rounded([0.5, 1, 2, 3])], torch.pow, differentiable=[False, True])
    case("pow", "0 and whole powers", [rounded([[0]]), rounded([1, 2, 3, 0])], torch.pow, differentiable=[True, False])
    quotients = [rounded([[-7.5], [7.5], [1e30]]), rounded([2, -2, 0.3, 1e-3])]
    case("fmod", "signs, and large quotients", quotients, torch.fmod, differentiable=[False, False])


for name, row in ROWS["unary"].items():
    unary(name, row)
for name, row in ROWS["binary"].items():
    binary(name, row)
special()

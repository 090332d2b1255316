"""cdist in PyTorch. Run by make.py."""

import torch
from vectors import Vectors

VECTORS = Vectors("cdist")
draw, case = VECTORS.draw, VECTORS.case


def cdist(a, b):
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


for N, M, D in ((1, 1, 1), (4, 5, 3), (3, 2, 17), (30, 27, 4)):
    case("cdist", f"({N}, {D}) ({M}, {D})", lambda: [draw(N, D), draw(M, D)], cdist)


def shared():
    """Rows of a that b has as well: distances of 0, whose gradient is 0."""
    a = draw(5, 3)
    return [a, torch.cat([a[1:3], draw(2, 3), a[4:]])]


case("cdist", "equal rows", shared, cdist)

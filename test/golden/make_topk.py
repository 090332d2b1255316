#!/usr/bin/env python3
"""
Indices of the largest entries of rows without ties. See make.py.
"""

import torch
from vectors import Vectors

VECTORS = Vectors("topk")
for shape, k in (((3, 7), 3), ((2, 100), 10), ((1, 5), 5)):
    VECTORS.case(
        "topk", f"{shape}, k {k}", [VECTORS.draw(*shape)], lambda x: torch.topk(x, k, dim=1).indices, {"k": k}, [False]
    )

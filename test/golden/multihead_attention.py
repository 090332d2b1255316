#!/usr/bin/env python3
"""
Makes multihead_attention.json: torch.nn.MultiheadAttention in float64, at weights and inputs that both sides make from
a formula (noise.py). Debian's python3-torch runs it:  python3 test/golden/multihead_attention.py

Parameter number k, in state-dict order from 1, is u(i, k) / 2; query, key and value are u(i, 20), u(i, 21), u(i, 22),
dy is u(i, 23), an added mask u(i, 24). Of each case: the output, and of each gradient its norm and its product with
u(i, 100 + k), inputs after parameters.
"""

import json
import pathlib

import torch
from noise import filled

E, HEADS, N, L, S = 12, 3, 2, 5, 7

CASES = {
    "self": {},
    "self, batch first": {"batch_first": True},
    "self, no bias": {"bias": False},
    "self, causal": {"causal": True},
    "cross": {"cross": True},
    "cross, batch first, added mask": {"cross": True, "batch_first": True, "mask": True},
}


def record(name, cross=False, causal=False, mask=False, batch_first=False, bias=True):
    layer = torch.nn.MultiheadAttention(E, HEADS, bias=bias, batch_first=batch_first).double()
    parameters = list(layer.parameters())
    for k, p in enumerate(parameters, 1):
        p.data = filled(p.shape, k, 0.5)
    shape = lambda length: (N, length, E) if batch_first else (length, N, E)
    query = filled(shape(L), 20).requires_grad_()
    inputs = [query, filled(shape(S), 21).requires_grad_(), filled(shape(S), 22).requires_grad_()] if cross else [query]
    added = filled((L, S), 24) if mask else torch.full((L, L), -torch.inf).double().triu(1) if causal else None
    y, _ = layer(*(inputs if cross else inputs * 3), need_weights=False, attn_mask=added)
    leaves = parameters + inputs
    gradients = torch.autograd.grad(y, leaves, filled(y.shape, 23))
    return {
        "name": name,
        "bias": bias,
        "batchFirst": batch_first,
        "causal": causal,
        "masked": mask,
        "keys": list(layer.state_dict()),
        "y": y.flatten().tolist(),
        "gradients": [[g.norm().item(), (g * filled(g.shape, 100 + k)).sum().item()] for k, g in enumerate(gradients)],
    }


cases = [record(name, **options) for name, options in CASES.items()]
out = pathlib.Path(__file__).parent / "numbers" / "multihead_attention.json"
digits = lambda x: [digits(v) for v in x] if isinstance(x, list) else float(f"{x:.9g}") if isinstance(x, float) else x
lines = ",\n".join(json.dumps({k: digits(v) for k, v in c.items()}, separators=(",", ":")) for c in cases)
out.write_text(f'{{"torch":"{torch.__version__}","cases":[\n{lines}\n]}}\n')
print(f"{out.name}: PyTorch {torch.__version__}, {len(cases)} cases")

"""What is typed between layers. Run by make.py."""

import numpy as np
import torch
from vectors import Vectors

VECTORS = Vectors("tensor_ops")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def scans():
    for shape, dim in (((), 0), ((7,), 0), ((3, 5), 0), ((3, 5), 1), ((2, 70, 3), 1), ((2, 1030), -1)):
        case("cumsum", f"{shape} dim {dim}", lambda: [draw(*shape)], lambda x: torch.cumsum(x, dim), {"dim": dim})


def slices():
    for shape, dim, start, end, step in (
        ((9,), 0, 0, 9, 2),
        ((4, 10), 1, 1, 9, 3),
        ((7, 3), 0, -6, -1, 2),
        ((2, 5, 3), 1, -5, 5, 9),
        ((2, 5, 3), 2, 0, 2, 1),
    ):
        args = {"dim": dim, "start": start, "end": end, "step": step}
        dims = [slice(None)] * len(shape)
        dims[dim] = slice(start, end, step)
        case("slice", f"{shape} {args}", lambda: [draw(*shape)], lambda x: x[tuple(dims)], args)


def triangles():
    for op, function in (("tril", torch.tril), ("triu", torch.triu)):
        for shape, diagonal in (((4, 5), 0), ((5, 3), 1), ((2, 3, 4), -1), ((2, 2, 3, 3), 9), ((3, 3), -9)):
            args = {"diagonal": diagonal}
            case(op, f"{shape} diagonal {diagonal}", lambda: [draw(*shape)], lambda x: function(x, diagonal), args)


def scatters():
    # src is cut to the index's shape: PyTorch takes a larger one, but its backward does not.
    for shape, of_index, of_src, dim in (
        ((5,), (9,), (9,), 0),
        ((5, 4), (7, 4), (7, 4), 0),
        ((5, 4), (5, 2), (5, 3), 1),
        ((5, 4), (2, 3), (3, 3), 1),
        ((3, 4, 5), (3, 6, 5), (3, 6, 5), -2),
        ((3, 4, 5), (2, 9, 4), (3, 9, 5), 1),
    ):
        case(
            "scatter_add",
            f"{shape} dim {dim} index {of_index} src {of_src}",
            lambda: [draw(*shape), whole(*of_index, high=shape[dim]), draw(*of_src)],
            lambda x, i, s: torch.scatter_add(x, dim, i.long(), s[tuple(slice(0, n) for n in of_index)]),
            {"dim": dim},
            [True, False, True],
        )


def einsums():
    for equation, *shapes in (
        ("ba", (3, 5)),
        ("ij->", (3, 5)),
        ("ii", (4, 4)),
        ("bii->ib", (3, 4, 4)),
        ("ij,jk", (3, 4), (4, 5)),
        ("ij,kj->ki", (3, 4), (5, 4)),
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
        ("blhd,bshd->bhls", (2, 3, 2, 4), (2, 5, 2, 4)),
        ("i,j->ij", (3,), (4,)),
        ("bi,bi->b", (3, 7), (3, 7)),
        ("ij,ij->ij", (3, 4), (3, 4)),
        ("zA,Az", (3, 4), (4, 3)),
        ("bA", (3, 4)),
        ("...ij,...jk->...ik", (2, 1, 3, 4), (3, 4, 2)),
        ("...ij,...jk", (2, 3, 4), (4, 2)),
        ("...i->i", (2, 3, 4)),
        ("i...->...", (2, 3, 4)),
        ("ij,jk->ik", (3, 1), (4, 2)),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
        ("ij,ik,il->jkl", (3, 2), (3, 4), (3, 2)),
        ("i,ij,j", (3,), (3, 4), (4,)),
    ):
        case(
            "einsum",
            f"{equation} {shapes}",
            lambda: [draw(*s) for s in shapes],
            lambda *x: torch.einsum(equation, *x),
            {"equation": equation},
        )


def attention(q, k, v, added=None, allowed=None, causal=False, scale=None):
    """torch.nn.functional.scaled_dot_product_attention as its documentation writes it out."""
    scores = q @ k.transpose(-2, -1) * (1 / q.shape[-1] ** 0.5 if scale is None else scale)
    bias = torch.zeros(q.shape[-2], k.shape[-2], dtype=q.dtype)
    if causal:
        bias = bias.masked_fill(torch.ones_like(bias).tril() == 0, float("-inf"))
    if added is not None:
        bias = bias + added
    if allowed is not None:
        bias = bias + torch.zeros_like(allowed).masked_fill(allowed == 0, float("-inf"))
    return torch.softmax(scores + bias, -1) @ v


def attentions():
    op = "scaled_dot_product_attention"
    for (L, S, E, F), lead, args in (
        ((4, 6, 3, 5), (2,), {}),
        ((5, 5, 4, 4), (2, 2), {"causal": True}),
        ((3, 6, 4, 2), (), {"causal": True, "scale": 0.3}),
    ):
        qkv = lambda: [draw(*lead, L, E), draw(*lead, S, E), draw(*lead, S, F)]
        name = f"{(L, S, E, F)} {lead} {args}"
        case(op, name, qkv, lambda q, k, v: attention(q, k, v, **args), args)
        case(
            f"{op}, learned mask",
            f"{name} with an added mask",
            lambda: [*qkv(), draw(L, S)],
            lambda q, k, v, mask: attention(q, k, v, mask, **args),
            args,
        )
    case(
        f"{op}, boolean mask",
        "of each sample",
        lambda: [draw(2, 4, 3), draw(2, 9, 3), draw(2, 9, 5), whole(2, 4, 9, high=2)],
        lambda q, k, v, mask: attention(q, k, v, None, mask),
        {},
        [True, True, True, False],
    )


def self_attentions():
    for (N, L, heads, E), args in (((2, 5, 2, 4), {}), ((1, 4, 3, 2), {"causal": True, "scale": 0.3})):

        def of(qkv):
            q, k, v = qkv.reshape(N, L, 3, heads, E).permute(2, 0, 3, 1, 4)
            return attention(q, k, v, **args).transpose(1, 2).reshape(N, L, heads * E)

        case(
            "self_attention",
            f"{(N, L, heads, E)} {args}",
            lambda: [draw(N, L, 3 * heads * E)],
            of,
            {"heads": heads, **args},
        )


def rnns():
    for name, (T, N, I, H), options in (
        ("one step, one sample", (1, 1, 2, 3), {"state": True}),
        ("relu", (4, 3, 2, 5), {"nonlinearity": "relu", "state": True}),
        ("batch first, no bias", (5, 2, 3, 4), {"batchFirst": True, "bias": False}),
        ("two layers, bidirectional", (3, 2, 3, 4), {"layers": 2, "bidirectional": True, "state": True}),
        ("two layers, bidirectional, relu", (3, 2, 3, 4), {"layers": 2, "bidirectional": True, "nonlinearity": "relu"}),
    ):
        args = {"layers": 1, "bidirectional": False, "batchFirst": False, "bias": True, "state": False, **options}
        D = 2 if args["bidirectional"] else 1
        runs = args["layers"] * D
        shapes = []
        for run in range(runs):
            shapes += [(H, I if run < D else D * H), (H, H)] + ([(H,)] * 2 if args["bias"] else [])

        def inputs():
            x = draw(N, T, I) if args["batchFirst"] else draw(T, N, I)
            return [x, *[draw(*s) for s in shapes], *([draw(runs, N, H)] if args["state"] else [])]

        def function(x, *rest):
            weights, given = rest[: len(shapes)], rest[len(shapes) :]
            h0 = given[0] if given else torch.zeros(runs, N, H, dtype=x.dtype)
            run = torch._VF.rnn_relu if args.get("nonlinearity") == "relu" else torch._VF.rnn_tanh
            flags = (args["bias"], args["layers"], 0.0, False, args["bidirectional"], args["batchFirst"])
            return torch.cat([t.reshape(-1) for t in run(x, h0, weights, *flags)])

        case("rnn", name, inputs, function, args)


for part in (scans, slices, triangles, scatters, einsums, attentions, rnns, self_attentions):
    part()

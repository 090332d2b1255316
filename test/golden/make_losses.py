#!/usr/bin/env python3
"""
Gelu, erf, clamp, comparisons and where; prod's gradient, var, std, logsumexp,
norm, argmax and argmin; the losses; products with broadcast batches, addmm, linear with an activation. See make.py,
which runs this too.
"""

import itertools

import torch
import torch.nn.functional as F
from vectors import Vectors, rounded

VECTORS = Vectors("losses")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def where():
    for shapes in (((3, 5), (3, 5), (3, 5)), ((4, 1), (3,), (2, 1, 1)), ((), (2, 3), (3,)), ((3,), (), ())):
        case(
            "where",
            f"{shapes}",
            [whole(*shapes[0], high=2), draw(*shapes[1]), draw(*shapes[2])],
            lambda condition, a, b: torch.where(condition != 0, a, b),
            differentiable=[False, True, True],
        )


DIMS = [([0, 1, 2], False), ([1], True), ([-1], False), ([0, 2], False), ([1, 2], True)]


def reductions():
    def prod(x, dim, keepdim):
        for d in sorted((d % x.dim() for d in dim), reverse=True):
            x = torch.prod(x, d, keepdim)
        return x

    for dim, keepdim in DIMS:
        args = {"dim": dim, "keepdim": keepdim}
        case("prod", f"{args}", [draw(3, 4, 2)], lambda x: prod(x, dim, keepdim), args)
        case("logsumexp", f"{args}", [draw(3, 4, 5, low=-4, high=4)], lambda x: torch.logsumexp(x, dim, keepdim), args)
        for unbiased in (True, False):
            case(
                "var",
                f"{args} {unbiased}",
                [draw(3, 4, 5)],
                lambda x: torch.var(x, dim, unbiased, keepdim),
                {**args, "unbiased": unbiased},
            )
            case(
                "std",
                f"{args} {unbiased}",
                [draw(3, 4, 5)],
                lambda x: torch.std(x, dim, unbiased, keepdim),
                {**args, "unbiased": unbiased},
            )
        for p in (1, 2, "inf"):
            case(
                "norm",
                f"{args} {p}",
                [draw(3, 4, 5)],
                lambda x: torch.norm(x, float(p), dim, keepdim),
                {**args, "p": p},
            )
    zeros = rounded([[2, -3, 0.5, 4], [2, 0, 0.5, -1], [0, 0, 3, 1], [0, 0, 0, 0]])
    case("prod", "no zero, one, two, all", [zeros], lambda x: prod(x, [1], False), {"dim": [1], "keepdim": False})
    case("prod", "one zero in all", [zeros[:2]], lambda x: prod(x, [0, 1], False), {"dim": [0, 1], "keepdim": False})
    case("var", "far from 0", [rounded(draw(4, 9) + 100)], lambda x: torch.var(x, [1]), {"dim": [1]})
    case("std", "far from 0", [rounded(draw(4, 9) + 100)], lambda x: torch.std(x, [1]), {"dim": [1]})
    # Where all are equal the gradient of std, and that of the 2-norm at 0, are 0.
    case("std", "all equal", [rounded([[1, 2, 3], [2, 2, 2]])], lambda x: torch.std(x, [1]), {"dim": [1]})
    for p in (1, 2, "inf"):
        case(
            "norm",
            f"{p} of zeros and ties",
            [rounded([[0, 0, 0], [2, -2, 1], [1, 0, -3]])],
            lambda x: torch.norm(x, float(p), [1]),
            {"p": p, "dim": [1]},
        )
    case(
        "logsumexp",
        "large",
        [rounded(draw(4, 6, low=-2, high=2) + 500)],
        lambda x: torch.logsumexp(x, [1]),
        {"dim": [1]},
    )
    for name, function in (("argmax", torch.argmax), ("argmin", torch.argmin)):
        for args in ({}, {"dim": 0}, {"dim": 1, "keepdim": True}, {"dim": -1}):
            case(name, f"{args}", [draw(4, 3, 7)], lambda x: function(x, **args), args, [False])


def mixtures():
    """Two labels a row, as mixup makes them."""
    for smoothing in (0, 0.1):

        def mixed(x, label, other, share):
            own, rest = (
                F.cross_entropy(x, t.long(), reduction="none", label_smoothing=smoothing) for t in (label, other)
            )
            return share * own + (1 - share) * rest

        case(
            "mixed_cross_entropy",
            f"smoothing {smoothing}",
            lambda: [draw(6, 5, low=-4, high=4), whole(6, high=5), whole(6, high=5), draw(6, low=0.5, high=1)],
            mixed,
            {"labelSmoothing": smoothing},
            [True, False, False, False],
        )


def likelihoods():
    """Labels are whole numbers; 2 is ignored where ignoreIndex says so."""
    shapes = (((6, 5), (6,)), ((3, 4, 2, 3), (3, 2, 3)))
    for (shape, labels), reduction, has_weight, ignore, smoothing in itertools.product(
        shapes, ("mean", "sum", "none"), (False, True), (None, 2), (0, 0.1)
    ):
        if len(shape) > 2 and reduction == "sum":
            continue
        inputs = [draw(*shape, low=-4, high=4), whole(*labels, high=shape[1])] + (
            [draw(shape[1], low=0.2, high=2)] if has_weight else []
        )
        options = {"reduction": reduction, **({} if ignore is None else {"ignore_index": ignore})}
        args = {"reduction": reduction, **({} if ignore is None else {"ignoreIndex": ignore})}
        name = f"{shape} weight {has_weight} {args} smoothing {smoothing}"
        flags = [True] + [False] * (len(inputs) - 1)
        case(
            "cross_entropy",
            name,
            inputs,
            lambda x, t, w=None: F.cross_entropy(x, t.long(), w, label_smoothing=smoothing, **options),
            {**args, **({"labelSmoothing": smoothing} if smoothing else {})},
            flags,
        )
        if not smoothing:
            case("nll_loss", name, inputs, lambda x, t, w=None: F.nll_loss(x, t.long(), w, **options), args, flags)
    case(
        "cross_entropy",
        "logits in the hundreds",
        [rounded(draw(4, 6, low=-3, high=3) + 400), whole(4, high=6)],
        lambda x, t: F.cross_entropy(x, t.long()),
        {},
        [True, False],
    )


def elements():
    def kl(mu, logvar, reduction="sum"):
        each = -0.5 * (1 + logvar - mu**2 - logvar.exp())
        return {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]

    for reduction in ("mean", "sum", "none"):
        args = {"reduction": reduction}
        a, b = draw(4, 5, low=-3, high=3), draw(4, 5, low=-3, high=3)
        case("mse_loss", reduction, [a, b], lambda x, t: F.mse_loss(x, t, reduction=reduction), args)
        case("l1_loss", reduction, [a, b], lambda x, t: F.l1_loss(x, t, reduction=reduction), args)
        for beta in (1, 0.25, 0):
            case(
                "smooth_l1_loss",
                f"{reduction} {beta}",
                [a, b],
                lambda x, t: F.smooth_l1_loss(x, t, reduction=reduction, beta=beta),
                {**args, "beta": beta},
            )
        case(
            "gaussian_kl",
            reduction,
            [a, draw(4, 5, low=-2, high=2)],
            lambda mu, logvar: kl(mu, logvar, reduction),
            args,
        )
        x, t = torch.cat([draw(3, 5, low=-6, high=6), rounded([[0, 50, -50, 50, -50]])]), torch.cat(
            [draw(3, 5, low=0, high=1), rounded([[1, 1, 1, 0, 0]])]
        )
        bce = F.binary_cross_entropy_with_logits
        name = "binary_cross_entropy_with_logits"
        case(name, reduction, [x, t], lambda x, t: bce(x, t, reduction=reduction), args)
        case(
            name,
            f"{reduction} posWeight",
            [x, t, draw(5, low=0.2, high=3)],
            lambda x, t, w: bce(x, t, pos_weight=w, reduction=reduction),
            {**args, "with": ["posWeight"]},
            [True, True, False],
        )
        case(
            name,
            f"{reduction} posWeight weight",
            [x, t, draw(5, low=0.2, high=3), draw(4, 1, low=0.2, high=3)],
            lambda x, t, w, v: bce(x, t, v, pos_weight=w, reduction=reduction),
            {**args, "with": ["posWeight", "weight"]},
            [True, True, False, False],
        )
    case(
        "l1_loss",
        "ties",
        [whole(4, 5), whole(4, 5)],
        lambda x, t: F.l1_loss(x, t, reduction="none"),
        {"reduction": "none"},
    )
    case(
        "smooth_l1_loss",
        "kinks",
        [whole(4, 5), whole(4, 5)],
        lambda x, t: F.smooth_l1_loss(x, t, reduction="none"),
        {"reduction": "none"},
    )
    case("gaussian_kl", "default", [draw(4, 5), draw(4, 5)], kl)


def products():
    for batch_a, batch_b in (((2, 1), (3,)), ((2, 3), (3,)), ((1,), (2, 3)), ((2, 1), (2, 3))):
        for ta, tb in ((False, False), (True, True)):
            a = draw(*batch_a, *((5, 4) if ta else (4, 5)))
            b = draw(*batch_b, *((3, 5) if tb else (5, 3)))
            function = lambda a, b: torch.matmul(a.transpose(-1, -2) if ta else a, b.transpose(-1, -2) if tb else b)
            case(
                "matmul",
                f"batches {batch_a} and {batch_b}, transposeA {ta}, transposeB {tb}",
                [a, b],
                function,
                {"transposeA": ta, "transposeB": tb},
            )
    for shape_a, shape_b in (((5,), (5,)), ((5,), (5, 3)), ((4, 5), (5,)), ((2, 4, 5), (5,)), ((5,), (2, 5, 3))):
        case("matmul", f"vectors: {shape_a} and {shape_b}", [draw(*shape_a), draw(*shape_b)], torch.matmul)
    for shape, options in (((3,), {}), ((4, 3), {"beta": 0.5, "alpha": 2}), ((4, 1), {"alpha": -1}), ((), {"beta": 0})):
        case(
            "addmm",
            f"{shape} {options}",
            [draw(*shape), draw(4, 5), draw(5, 3)],
            lambda c, a, b: torch.addmm(c, a, b, **options),
            options,
        )
    for name, function in (("relu", F.relu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid), ("gelu", F.gelu)):
        case(
            "linear",
            name,
            [draw(3, 4, 8), draw(5, 8), draw(5)],
            lambda x, w, b: function(F.linear(x, w, b)),
            {"activation": name},
        )


def kinds():
    x = rounded([0, 1, float("nan"), float("inf"), -float("inf"), -2.5])
    for name, function in (("isnan", torch.isnan), ("isinf", torch.isinf), ("isfinite", torch.isfinite)):
        case(name, "of each kind", [x], function, differentiable=[False])


for part in (where, reductions, likelihoods, mixtures, elements, products, kinds):
    part()

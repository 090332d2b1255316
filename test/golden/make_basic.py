"""Reductions, softmax, products, convolutions, pooling, movement, dropout. Run by make.py."""

import torch
import torch.nn.functional as F
from philox import philox
from vectors import Vectors, rounded

VECTORS = Vectors("basic")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


# ---- reductions, softmax, cross-entropy, argmax --------------------------------------------------


def prod(x, dim, keepdim):
    for d in sorted((d % x.dim() for d in dim), reverse=True):
        x = torch.prod(x, d, keepdim)
    return x


REDUCE = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin, "prod": prod}


def reductions():
    for name, function in REDUCE.items():
        for dim, keepdim in [
            ([0, 1, 2], False),
            ([0], False),
            ([1], True),
            ([-1], False),
            ([0, 2], False),
            ([0, 2], True),
            ([1, 2], False),
        ]:
            args = {"dim": dim, "keepdim": keepdim}
            differentiable = [name != "prod"]
            case(
                name,
                f"dim {dim} keepdim {keepdim}",
                [draw(3, 4, 5)],
                lambda x: function(x, dim, keepdim),
                args,
                differentiable,
            )
    for name in ("max", "min"):
        case(name, "ties", [whole(4, 9)], lambda x: REDUCE[name](x, [1], False), {"dim": [1], "keepdim": False})
    for name, function in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
        for dim in (0, 1, -1):
            case(name, f"dim {dim}", [draw(3, 4, 5, low=-4, high=4)], lambda x: function(x, dim), {"dim": dim})
        case(name, "large logits", [rounded(draw(4, 6, low=-2, high=2) + 500)], lambda x: function(x, -1), {"dim": -1})
    for reduction in ("mean", "sum", "none"):
        label = whole(6, high=5)
        case(
            "cross_entropy",
            reduction,
            [draw(6, 5, low=-4, high=4), label],
            lambda x, t: F.cross_entropy(x, t.long(), reduction=reduction),
            {"reduction": reduction},
            [True, False],
        )
    case("argmax", "last dimension", [draw(4, 3, 7)], lambda x: torch.argmax(x, -1), {"dim": -1}, [False])


# ---- matrix products, convolution, pooling -------------------------------------------------------


def products():
    shapes = [
        ("matrices", (), ()),
        ("batch", (2,), (2,)),
        ("two batch dimensions", (2, 3), (2, 3)),
        ("b for the whole batch", (3,), ()),
        ("a for the whole batch", (), (3,)),
    ]
    for name, batch_a, batch_b in shapes:
        for ta in (False, True):
            for tb in (False, True):
                a = draw(*batch_a, *((6, 5) if ta else (5, 6)))
                b = draw(*batch_b, *((4, 6) if tb else (6, 4)))
                function = lambda a, b: torch.matmul(a.transpose(-1, -2) if ta else a, b.transpose(-1, -2) if tb else b)
                case(
                    "matmul",
                    f"{name}, transposeA {ta}, transposeB {tb}",
                    [a, b],
                    function,
                    {"transposeA": ta, "transposeB": tb},
                )
    case("linear", "bias", [draw(5, 7), draw(3, 7), draw(3)], F.linear)
    case("linear", "no bias", [draw(5, 7), draw(3, 7)], F.linear)
    case("linear", "three dimensions", [draw(2, 3, 7), draw(4, 7), draw(4)], F.linear)


def convolutions():
    geometries = [
        ("3x3 padding 1", (2, 3, 7, 6), (4, 3, 3, 3), True, {"padding": [1, 1]}),
        ("1x1", (2, 3, 4, 5), (5, 3, 1, 1), True, {}),
        ("5x5 stride 2 padding 2", (2, 2, 9, 11), (3, 2, 5, 5), True, {"stride": [2, 2], "padding": [2, 2]}),
        ("stride 3 that leaves a rest", (1, 2, 9, 8), (2, 2, 2, 2), False, {"stride": [3, 3]}),
        (
            "non-square everything",
            (2, 2, 8, 9),
            (3, 2, 3, 2),
            False,
            {"stride": [2, 1], "padding": [1, 2], "dilation": [1, 3]},
        ),
        ("dilation 2", (1, 3, 9, 9), (2, 3, 3, 3), True, {"dilation": [2, 2], "padding": [2, 2]}),
        ("groups 2", (2, 4, 6, 6), (6, 2, 3, 3), True, {"groups": 2, "padding": [1, 1]}),
        ("depthwise", (2, 3, 6, 5), (6, 1, 3, 3), True, {"groups": 3, "stride": [2, 2], "padding": [1, 1]}),
        ("window as large as the image", (2, 3, 5, 4), (4, 3, 5, 4), True, {}),
        ("padding larger than needed", (1, 1, 3, 3), (1, 1, 3, 3), False, {"padding": [3, 3]}),
    ]
    for name, shape_x, shape_w, has_bias, args in geometries:
        inputs = [draw(*shape_x), draw(*shape_w)] + ([draw(shape_w[0])] if has_bias else [])
        case("conv2d", name, inputs, lambda x, w, b=None: F.conv2d(x, w, b, **args), args)
    pools = [
        ("2x2", (2, 3, 6, 8), {"kernelSize": [2, 2]}),
        (
            "3x3 stride 2 padding 1, overlapping",
            (2, 2, 7, 9),
            {"kernelSize": [3, 3], "stride": [2, 2], "padding": [1, 1]},
        ),
        ("non-square", (1, 3, 7, 6), {"kernelSize": [3, 2], "stride": [1, 2], "padding": [0, 1]}),
        ("a rest that no window holds", (1, 2, 7, 8), {"kernelSize": [3, 3]}),
        ("windows with gaps", (1, 2, 8, 8), {"kernelSize": [2, 2], "stride": [3, 3]}),
    ]
    for name, shape, args in pools:
        sizes = (args["kernelSize"], args.get("stride", args["kernelSize"]), args.get("padding", [0, 0]))
        case("max_pool2d", name, [draw(*shape)], lambda x: F.max_pool2d(x, *sizes), args)
        case("max_pool2d", f"{name}, ties", [whole(*shape, high=2)], lambda x: F.max_pool2d(x, *sizes), args)
        case("avg_pool2d", name, [draw(*shape)], lambda x: F.avg_pool2d(x, *sizes), args)


# ---- movement ------------------------------------------------------------------------------------


def movement():
    for order in ([1, 0, 2], [2, 0, 1], [0, 2, 1], [2, 1, 0]):
        case("permute", str(order), [draw(2, 3, 4)], lambda x: x.permute(order), {"order": order})
    for dim, start, end in ((0, 1, 3), (1, 0, 2), (2, 1, 5), (2, 3, 3)):
        case(
            "slice",
            f"dim {dim}, {start}..{end}",
            [draw(3, 4, 5)],
            lambda x: x.narrow(dim, start, end - start),
            {"dim": dim, "start": start, "end": end},
        )
    for dim in (0, 1, 2):
        parts = [draw(*[size if d == dim else n for d, n in enumerate((2, 3, 4))]) for size in (1, 3, 2)]
        case("cat", f"dim {dim}", parts, lambda *parts: torch.cat(parts, dim), {"dim": dim})
    for shape_x, shape in (((3, 1), (3, 4)), ((4,), (2, 3, 4)), ((2, 1, 3, 1), (2, 5, 3, 2)), ((), (2, 2))):
        case("expand", f"{shape_x} to {shape}", [draw(*shape_x)], lambda x: x.expand(shape), {"shape": list(shape)})
    case("reshape", "(2, 3, 4) to (6, 4)", [draw(2, 3, 4)], lambda x: x.reshape(6, 4), {"shape": [6, 4]})


# ---- dropout: the mask from a Philox4x32-10 of its own (Salmon et al., SC 2011), the rest from PyTorch


def dropout():
    for p, seed, size in ((0.5, 7, 37), (0.25, 2**40 + 3, 64)):
        key = [seed & 0xFFFFFFFF, seed >> 32]
        words = [w for i in range((size + 3) // 4) for w in philox([i, 0, 0, 0], key)][:size]
        mask = torch.tensor([0.0 if (w >> 8) / 2**24 < p else 1 / (1 - p) for w in words], dtype=torch.float64)
        case("dropout", f"p = {p}", [draw(size)], lambda x: x * mask, {"p": p, "seed": seed})


for part in (reductions, products, convolutions, movement, dropout):
    part()

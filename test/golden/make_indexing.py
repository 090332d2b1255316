"""
Movement, indexing, interpolation, channel dropout, and optimizers. Run by
make.py, or alone.
"""

import torch
import torch.nn.functional as F
from philox import philox
from vectors import Vectors

VECTORS = Vectors("indexing")
draw, whole, store, case = VECTORS.draw, VECTORS.whole, VECTORS.store, VECTORS.case
trajectories = []


def weighed(parts, dim):
    """The parts times 1, 2, …, joined back to front: every part counts, and in its own way."""
    return torch.cat([p * (i + 1) for i, p in enumerate(parts)][::-1], dim)


def parts():
    for dim in (0, 1, 2, -1):
        case("stack", f"dim {dim}", [draw(3, 4), draw(3, 4), draw(3, 4)], lambda *p: torch.stack(p, dim), {"dim": dim})
    for shape, sizes, dim in (((7, 3), 3, 0), ((3, 7), [1, 4, 2], 1), ((2, 6, 3), 2, 1), ((2, 5), [0, 5], -1)):
        case(
            "split",
            f"{shape} {sizes} dim {dim}",
            [draw(*shape)],
            lambda x: weighed(torch.split(x, sizes, dim), dim),
            {"sizes": sizes, "dim": dim},
        )
    for shape, chunks, dim in (((7, 3), 3, 0), ((2, 5), 4, 1), ((2, 3), 5, 0)):
        case(
            "chunk",
            f"{shape} {chunks} dim {dim}",
            [draw(*shape)],
            lambda x: weighed(torch.chunk(x, chunks, dim), dim),
            {"chunks": chunks, "dim": dim},
        )
    for dim, start, length in ((0, 1, 2), (1, -3, 2), (-1, 0, 5)):
        case(
            "narrow",
            f"dim {dim}, {length} from {start}",
            [draw(3, 4, 5)],
            lambda x: torch.narrow(x, dim, start % x.shape[dim], length),
            {"dim": dim, "start": start, "length": length},
        )
    for dim, index in ((0, 2), (1, -1), (-1, 0)):
        case(
            "select",
            f"dim {dim} index {index}",
            [draw(3, 4, 5)],
            lambda x: torch.select(x, dim, index),
            {"dim": dim, "index": index},
        )
    for dim in (0, 1):
        case("unbind", f"dim {dim}", [draw(3, 4, 2)], lambda x: weighed(torch.unbind(x, dim), 0), {"dim": dim})
    for dim in (None, 0, 1, -1):
        case(
            "squeeze",
            f"dim {dim}",
            [draw(1, 3, 1, 2, 1)],
            lambda x: torch.squeeze(x) if dim is None else torch.squeeze(x, dim),
            {} if dim is None else {"dim": dim},
        )
    for dim in (0, 2, -1, -3):
        case("unsqueeze", f"dim {dim}", [draw(3, 4)], lambda x: torch.unsqueeze(x, dim), {"dim": dim})
    for dims in ([0], [1], [0, -1], [0, 1, 2]):
        case("flip", f"dims {dims}", [draw(3, 4, 5)], lambda x: torch.flip(x, dims), {"dims": dims})
    for shape, times in (((3,), [4]), ((2, 3), [3, 2]), ((2, 3), [2, 1, 2]), ((), [3, 2]), ((2, 2, 2), [1, 3, 2])):
        case("repeat", f"{shape} {times}", [draw(*shape)], lambda x: x.repeat(*times), {"times": times})


def paddings():
    constant = [
        ((3, 4), [1, 2], 0),
        ((3, 4), [1, 2, 3, 0], 1.5),
        ((2, 3, 4, 5), [2, 1, 0, 3, 1, 1], -2),
        ((4, 5), [-1, -2], 0),
        ((4, 5), [2, -1, -2, 3], 0.25),
        ((2, 3), [0, 0, 1, 0], 0),
    ]
    for shape, padding, value in constant:
        case(
            "pad",
            f"constant {shape} {padding} {value}",
            [draw(*shape)],
            lambda x: F.pad(x, padding, value=value),
            {"padding": padding, "mode": "constant", "value": value},
        )
    reflect = [
        ((2, 5), [2, 1]),
        ((2, 3, 5), [4, 4]),
        ((1, 2, 4, 5), [1, 2, 3, 0]),
        ((2, 2, 2, 2), [1, 1, 1, 1]),
        ((1, 2, 3, 4, 3), [2, 1, 0, 3, 2, 1]),
    ]
    for shape, padding in reflect:
        case(
            "pad",
            f"reflect {shape} {padding}",
            [draw(*shape)],
            lambda x: F.pad(x, padding, mode="reflect"),
            {"padding": padding, "mode": "reflect"},
        )


def indexing():
    for shape, dim, n in (((5, 4), 0, 7), ((5, 4), 1, 3), ((3, 6, 5), 1, 9), ((3, 4), -1, 1), ((6,), 0, 8)):
        index = whole(n, high=shape[dim])
        case(
            "index_select",
            f"{shape} dim {dim}, {n} indices",
            [draw(*shape), index],
            lambda x, i: torch.index_select(x, dim, i.long()),
            {"dim": dim},
            [True, False],
        )
    for shape, shape_index, dim in (
        ((5, 4), (5, 1), 1),
        ((5, 4), (7, 4), 0),
        ((5, 4), (2, 3), 1),
        ((3, 4, 5), (3, 6, 5), 1),
        ((3, 4, 5), (2, 9, 4), 1),
        ((6,), (9,), -1),
    ):
        index = whole(*shape_index, high=shape[dim])
        case(
            "gather",
            f"{shape} dim {dim} index {shape_index}",
            [draw(*shape), index],
            lambda x, i: torch.gather(x, dim, i.long()),
            {"dim": dim},
            [True, False],
        )
    for shape_index, shape, padding in (
        ((6,), (5, 4), None),
        ((3, 7), (6, 5), None),
        ((4, 5), (5, 8), 2),
        ((2, 3, 2), (3, 3), -1),
    ):
        index = whole(*shape_index, high=shape[0])
        case(
            "embedding",
            f"{shape} index {shape_index} padding {padding}",
            [index, draw(*shape)],
            lambda i, w: F.embedding(i.long(), w, padding),
            {"paddingIdx": padding},
            [False, True],
        )
    for shape in ((7,), (3, 4), ()):
        case("one_hot", f"{shape}", [whole(*shape, high=5)], lambda i: F.one_hot(i.long(), 5), {"classes": 5}, [False])


def upsamples():
    # No factor that is not 1 or 2 but gives the size or twice the size: there PyTorch's forward and backward disagree
    # (on the CPU), and ours is as its forward: the place is floor(o / factor).
    nearest = [
        ((1, 2, 3, 4), {"scaleFactor": [2, 2]}),
        ((1, 2, 5, 3), {"size": [7, 8]}),
        ((1, 2, 7, 6), {"size": [3, 4]}),
        ((1, 2, 4, 5), {"scaleFactor": [1.7, 2.5]}),
        ((1, 2, 3, 2), {"scaleFactor": [0.5, 2.6]}),
        ((2, 2, 1, 3), {"scaleFactor": [3, 1.4]}),
    ]
    for shape, args in nearest:
        case("upsample_nearest", f"{shape} {args}", [draw(*shape)], lambda x: resized(x, args, mode="nearest"), args)
    bilinear = nearest + [
        ((1, 1, 5, 5), {"size": [1, 1]}),
        ((1, 1, 1, 1), {"size": [3, 2]}),
        ((1, 1, 2, 2), {"size": [2, 5]}),
        ((1, 1, 3, 4), {"scaleFactor": [5, 4]}),
    ]
    for shape, args in bilinear:
        for align in (False, True):
            case(
                "upsample_bilinear",
                f"{shape} {args} align {align}",
                [draw(*shape)],
                lambda x: resized(x, args, mode="bilinear", align_corners=align),
                {**args, "alignCorners": align},
            )


def resized(x, args, **more):
    size, factor = args.get("size"), args.get("scaleFactor")
    return F.interpolate(x, size=size, scale_factor=[float(f) for f in factor] if factor else None, **more)


def dropout2d():
    for p, seed, shape in ((0.5, 11, (3, 7, 2, 3)), (0.25, 2**33 + 1, (2, 33, 4))):
        channels = shape[0] * shape[1]
        words = [w for i in range((channels + 3) // 4) for w in philox([i, 0, 0, 0], [seed & 0xFFFFFFFF, seed >> 32])][
            :channels
        ]
        mask = torch.tensor([0.0 if (w >> 8) / 2**24 < p else 1 / (1 - p) for w in words], dtype=torch.float64)
        case(
            "dropout2d",
            f"p = {p}",
            [draw(*shape)],
            lambda x: x * mask.reshape(*shape[:2], *[1] * (len(shape) - 2)),
            {"p": p, "seed": seed},
        )


# ---- optimizers: weights after each of ten steps; parameters of several names, in groups; clipped gradients; averaged
# weights ---------


PARAMETERS = [["a.weight", 7], ["a.bias", 3], ["b.weight", 70], ["b.bias", 1]]
OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}


def optimizers():
    plain = [
        ("rmsprop", {"lr": 0.01}),
        ("rmsprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
        ("rmsprop", {"lr": 0.01, "momentum": 0.9}),
        ("rmsprop", {"lr": 0.01, "centered": True}),
        ("rmsprop", {"lr": 0.01, "alpha": 0.8, "centered": True, "momentum": 0.5, "weight_decay": 0.05}),
        ("adagrad", {"lr": 0.1}),
        ("adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}),
        ("adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ]
    for kind, settings in plain:
        trajectory(kind, settings, [["w", 12]])
    groups = [{"match": "bias", "weight_decay": 0, "lr": 0.05}, {"match": "^b", "weight_decay": 0.3}]
    for kind, settings in (
        ("sgd", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
        ("adam", {"lr": 0.01, "weight_decay": 0.1}),
        ("adamw", {"lr": 0.01, "weight_decay": 0.1}),
        ("rmsprop", {"lr": 0.01, "weight_decay": 0.1}),
        ("adagrad", {"lr": 0.1, "weight_decay": 0.1}),
    ):
        trajectory(kind, settings, PARAMETERS, groups=groups)
    trajectory("sgd", {"lr": 0.1}, PARAMETERS, clip_norm=2.0)  # the norm is about 5: clipped
    trajectory("sgd", {"lr": 0.1, "momentum": 0.9}, PARAMETERS, clip_norm=5.2)  # now and then
    trajectory("adam", {"lr": 0.01}, PARAMETERS, clip_value=0.3)
    trajectory("sgd", {"lr": 0.1, "momentum": 0.9}, PARAMETERS, ema=0.9)


def trajectory(kind, settings, parameters, groups=(), clip_norm=None, clip_value=None, ema=None):
    sizes = [n for _, n in parameters]
    start, gradients = draw(sum(sizes)), draw(10, sum(sizes))
    weights = [w.clone().requires_grad_(True) for w in start.split(sizes)]
    chosen = [next((i for i, g in enumerate(groups) if matches(g["match"], name)), None) for name, _ in parameters]
    lists = [
        {
            "params": [w for w, c in zip(weights, chosen) if c == i],
            **({} if i is None else {k: v for k, v in groups[i].items() if k != "match"}),
        }
        for i in [None, *range(len(groups))]
    ]
    optimizer = OPTIMIZERS[kind]([g for g in lists if g["params"]], **settings)
    path, norms, averages = [], [], []
    average = start.clone()
    for gradient in gradients:
        for w, g in zip(weights, gradient.split(sizes)):
            w.grad = g.clone()
        if clip_norm is not None:
            norms.append(torch.nn.utils.clip_grad_norm_(weights, clip_norm))
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_(weights, clip_value)
        optimizer.step()
        path.append(torch.cat([w.detach().clone() for w in weights]))
        if ema is not None:
            average = ema * average + (1 - ema) * path[-1]
            averages.append(average)
    entry = {
        "kind": kind,
        "settings": settings,
        "parameters": parameters,
        "start": store(start),
        "gradients": store(gradients),
        "path": store(torch.stack(path)),
    }
    more = {"groups": list(groups) or None, "clipNorm": clip_norm, "clipValue": clip_value, "ema": ema}
    more |= {
        "norms": store(torch.stack(norms)) if norms else None,
        "averages": store(torch.stack(averages)) if averages else None,
    }
    trajectories.append({**entry, **{k: v for k, v in more.items() if v is not None}})


def matches(pattern, name):
    return name.startswith(pattern[1:]) if pattern.startswith("^") else pattern in name


for part in (parts, paddings, indexing, upsamples, dropout2d, optimizers):
    part()
VECTORS.write(optimizers=trajectories)

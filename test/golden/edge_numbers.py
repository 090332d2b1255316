"""
The numbers of edges.bin, each kept once, and what PyTorch makes of an op at some of them: see make_edges.py.
"""

import math

import torch

NAN, INF = math.nan, math.inf

numbers, places, count = [], {}, 0


def store(tensor):
    """Appends a tensor to the numbers, unless it is there, and returns its entry in the index."""
    global count
    data = tensor.detach().to(torch.float32).numpy().astype("<f4")
    if data.tobytes() not in places:
        places[data.tobytes()] = count
        numbers.append(data.tobytes())
        count += data.size
    return {"at": places[data.tobytes()], "shape": list(tensor.shape)}


def f32(values):
    return torch.tensor(values, dtype=torch.float32)


def run(function, inputs, dy, flags):
    """y, dy and the gradients of function at the inputs; None for what has none."""
    leaves = [x.clone().requires_grad_(d) for x, d in zip(inputs, flags)]
    y = function(*leaves)
    if not y.requires_grad or dy is None:
        return y, None, None
    given = dy.to(y.dtype) if isinstance(dy, torch.Tensor) else torch.full_like(y, dy)
    gradients = iter(torch.autograd.grad(y, [x for x in leaves if x.requires_grad], given))
    return y, given, [next(gradients) if d else None for d in flags]


def close(a, b):
    return torch.allclose(a.to(torch.float64), b.to(torch.float64), rtol=1e-6, atol=0, equal_nan=True)


def results(function, inputs, dy=None, differentiable=None):
    """What the index says of a function at the inputs, for dy."""
    flags = differentiable or [True] * len(inputs)
    y, given, gradients = run(function, inputs, dy, flags)
    exact_y, _, exact_gradients = run(function, [x.to(torch.float64) for x in inputs], dy, flags)
    entry = {"y": store(y)}
    if not close(y, exact_y.to(torch.float32)):
        entry["exactY"] = store(exact_y)
    if given is not None:
        entry["dy"] = store(given)
        entry["gradients"] = [None if g is None else store(g) for g in gradients]
        entry["exactGradients"] = [
            None if g is None or close(g, e.to(torch.float32)) else store(e) for g, e in zip(gradients, exact_gradients)
        ]
    return entry


cases = []


def case(op, name, inputs, function, args=None, differentiable=None, dy=1.5):
    tensors = [x if isinstance(x, torch.Tensor) else f32(x) for x in inputs]
    cases.append(
        {
            "op": op,
            "name": name,
            "args": args or {},
            "inputs": [store(x) for x in tensors],
            **results(function, tensors, dy, differentiable),
        }
    )


def written():
    """All numbers, as edges.bin has them."""
    return b"".join(numbers)

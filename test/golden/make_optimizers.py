"""Makes optimizers.json and optimizers.bin: ten steps of each optimizer with given gradients. Run by make.py."""

import torch
from vectors import Vectors

VECTORS = Vectors("optimizers")
draw, store = VECTORS.draw, VECTORS.store
trajectories = []

# ---- optimizers: weights after each of ten steps with given gradients ----------------------------


def optimizers():
    steps, size = 10, 12
    rows = [
        ("sgd", torch.optim.SGD, {"lr": 0.1}),
        ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
        ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.05}),
        ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05, "dampening": 0.5}),
        ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05, "nesterov": True}),
        ("adam", torch.optim.Adam, {"lr": 0.001}),
        ("adam", torch.optim.Adam, {"lr": 0.01, "weight_decay": 0.1}),
        ("adam", torch.optim.Adam, {"lr": 0.01, "betas": [0.8, 0.95], "eps": 0.001}),
        ("adamw", torch.optim.AdamW, {"lr": 0.001, "weight_decay": 0.01}),
        ("adamw", torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1, "betas": [0.8, 0.95]}),
    ]
    for kind, make, settings in rows:
        start, gradients = draw(size, low=-0.1, high=0.1), draw(steps, size)
        w = start.clone().requires_grad_(True)
        optimizer = make([w], **settings)
        path = []
        for gradient in gradients:
            w.grad = gradient.clone()
            optimizer.step()
            path.append(w.detach().clone())
        trajectories.append(
            {
                "kind": kind,
                "settings": settings,
                "start": store(start),
                "gradients": store(gradients),
                "path": store(torch.stack(path)),
            }
        )


optimizers()
VECTORS.write(optimizers=trajectories)

#!/usr/bin/env python3
"""Makes schedules.json: what torch.optim.lr_scheduler gives for each step (or epoch) of short runs."""

import json
import os
import warnings

import torch
from torch.optim import lr_scheduler as S

warnings.filterwarnings("ignore")  # the schedulers are stepped without an optimizer step
EPOCHS, PER_EPOCH, LR = 6, 5, 0.1
LOSSES = [1.0, 0.5, 0.49999, 0.6, 0.55, 0.3, 0.31, 0.32, 0.33, 0.3, 0.2, 0.2, 0.2, 0.2]


def fresh():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)


def rates(make, count, losses=None):
    """The rate in force at each step, the first before any scheduler step."""
    optimizer = fresh()
    scheduler = make(optimizer)
    out = []
    for i in range(count):
        out.append(optimizer.param_groups[0]["lr"])
        if i + 1 < count:
            scheduler.step() if losses is None else scheduler.step(losses[i])
    return out


def per_epoch(values):
    return [v for v in values for _ in range(PER_EPOCH)]


STEPS = EPOCHS * PER_EPOCH
CASES = [
    ({"name": "step", "step": 2, "gamma": 0.3}, per_epoch(rates(lambda o: S.StepLR(o, 2, 0.3), EPOCHS))),
    (
        {"name": "multistep", "milestones": [1, 4], "gamma": 0.2},
        per_epoch(rates(lambda o: S.MultiStepLR(o, [1, 4], 0.2), EPOCHS)),
    ),
    ({"name": "exponential", "gamma": 0.8}, per_epoch(rates(lambda o: S.ExponentialLR(o, 0.8), EPOCHS))),
    ({"name": "cosine", "min": 0.001}, rates(lambda o: S.CosineAnnealingLR(o, STEPS, 0.001), STEPS)),
    (
        {"name": "cosine", "warmup": 1},
        rates(
            lambda o: S.SequentialLR(
                o,
                [S.LinearLR(o, 1 / (PER_EPOCH + 1), 1, PER_EPOCH), S.CosineAnnealingLR(o, STEPS - PER_EPOCH)],
                [PER_EPOCH],
            ),
            STEPS,
        ),
    ),
    (
        {"name": "constant", "warmup": 2},
        rates(lambda o: S.LinearLR(o, 1 / (2 * PER_EPOCH + 1), 1, 2 * PER_EPOCH), STEPS),
    ),
    ({"name": "onecycle"}, rates(lambda o: S.OneCycleLR(o, LR, total_steps=STEPS), STEPS)),
    (
        {"name": "onecycle", "rise": 0.4, "start": 10, "end": 100},
        rates(
            lambda o: S.OneCycleLR(o, LR, total_steps=STEPS, pct_start=0.4, div_factor=10, final_div_factor=100), STEPS
        ),
    ),
]
PLATEAU = [
    (
        {"name": "plateau", "gamma": 0.5, "patience": p, "min": m},
        rates(lambda o: S.ReduceLROnPlateau(o, factor=0.5, patience=p, min_lr=m, eps=0), len(LOSSES) + 1, LOSSES),
    )
    for p, m in ((0, 0), (1, 0), (2, 0.03))
]

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbers", "schedules.json")
with open(OUT, "w", encoding="utf-8") as f:
    cases = [{"schedule": s, "rates": r} for s, r in CASES]
    plateau = [{"schedule": s, "rates": r} for s, r in PLATEAU]
    json.dump(
        {
            "torch": torch.__version__,
            "lr": LR,
            "epochs": EPOCHS,
            "stepsPerEpoch": PER_EPOCH,
            "losses": LOSSES,
            "cases": cases,
            "plateau": plateau,
        },
        f,
        indent=1,
    )
    f.write("\n")

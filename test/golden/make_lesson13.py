#!/usr/bin/env python3
"""
Makes docs/lessons/13-training-loop/pytorch.mjs: a small network, data, and the losses of ten training steps by PyTorch;
also those of loops with a mistake in them. Numbers are drawn in hundredths and held as float32; PyTorch computes in
float64.
"""

import pathlib
import textwrap

import numpy as np
import torch
import torch.nn.functional as F

INPUTS, HIDDEN, CLASSES, COUNT, BATCH, STEPS = 5, 7, 3, 11, 4, 10
LR, MOMENTUM = 0.2, 0.5
generator = np.random.default_rng(13)


def drawn(*shape, scale=1.0):
    return np.round(generator.uniform(-scale, scale, shape), 2) + 0.0  # no -0


def held(values):
    return torch.tensor(values.astype(np.float32).astype(np.float64))


WEIGHTS = {
    "0.weight": drawn(HIDDEN, INPUTS, scale=0.6),
    "0.bias": drawn(HIDDEN, scale=0.4),
    "2.weight": drawn(CLASSES, HIDDEN, scale=0.6),
    "2.bias": drawn(CLASSES, scale=0.4),
}
X = drawn(COUNT, INPUTS)
LABEL = generator.integers(0, CLASSES, COUNT)


def losses(zeroed=True, reduction="mean", moves=True, afterwards=False, probabilities=False):
    model = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES))
    model.double().load_state_dict({name: held(w) for name, w in WEIGHTS.items()})
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    x, label = held(X), torch.tensor(LABEL)

    def loss_of(rows):
        logits = model(x[rows])
        return F.cross_entropy(logits.softmax(1) if probabilities else logits, label[rows], reduction=reduction)

    out = []
    for step in range(STEPS):
        start = BATCH * (step % -(-COUNT // BATCH))
        rows = slice(start, min(start + BATCH, COUNT))
        if zeroed:
            optimizer.zero_grad()
        loss = loss_of(rows)
        loss.backward()
        if moves:
            optimizer.step()
        out.append(round(float(loss_of(rows) if afterwards else loss), 7))
    return out


def numbers(values):
    return "[" + ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values) + "]"


def entry(name, values, indent):
    text = f"{name}: {numbers(values)},"
    return textwrap.fill(text, 120, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2))


def exact(values):
    return [str(v) for v in values]


LISTS = {
    "losses": losses(),
    "notZeroed": losses(zeroed=False),
    "summed": losses(reduction="sum"),
    "still": losses(moves=False),
    "afterwards": losses(afterwards=True),
    "probabilities": losses(probabilities=True),
}
LINES = [
    f"/** By PyTorch {torch.__version__.split('+')[0]}, in f64: test/golden/make_lesson13.py makes this file. */",
    "// prettier-ignore",
    "export const pinned = {",
    f"  inputs: {INPUTS}, hidden: {HIDDEN}, classes: {CLASSES}, count: {COUNT}, batch: {BATCH}, "
    f"lr: {LR}, momentum: {MOMENTUM},",
    "  weights: {",
    *[entry(f"'{name}'", [float(v) for v in w.ravel()], 4) for name, w in WEIGHTS.items()],
    "  },",
    entry("x", [float(v) for v in X.ravel()], 2),
    entry("label", [int(v) for v in LABEL], 2),
    *[entry(name, exact(values), 2) for name, values in LISTS.items()],
    "};",
]
root = pathlib.Path(__file__).parents[2]
(root / "docs/lessons/13-training-loop/pytorch.mjs").write_text("\n".join(LINES) + "\n", encoding="utf-8")

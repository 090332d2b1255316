"""Recurrent layers, and ten training steps of two classifiers of sequences. Run by make.py."""

import torch
import torch.nn.functional as F
from vectors import Vectors

VECTORS = Vectors("recurrent")
draw, store, case = VECTORS.draw, VECTORS.store, VECTORS.case
runs = []

# name, (T, N, I, H), options
LAYERS = [
    ("one step, one sample", (1, 1, 2, 3), {"state": True}),
    ("T 4", (4, 3, 2, 4), {}),
    ("prime sizes", (3, 2, 5, 7), {"state": True}),
    ("one sample, batch first", (5, 1, 3, 4), {"batchFirst": True, "state": True}),
    ("no bias", (3, 2, 3, 4), {"bias": False}),
    ("two layers", (3, 2, 3, 4), {"layers": 2, "state": True}),
    ("bidirectional", (3, 2, 4, 3), {"bidirectional": True, "batchFirst": True}),
    ("two layers, bidirectional", (3, 2, 3, 4), {"layers": 2, "bidirectional": True, "state": True}),
]


def layers(op, gates, states):
    for name, (T, N, I, H), options in LAYERS:
        args = {"layers": 1, "bidirectional": False, "batchFirst": False, "bias": True, "state": False, **options}
        D = 2 if args["bidirectional"] else 1
        runs_ = args["layers"] * D
        shapes = []
        for run in range(runs_):
            shapes += [(gates * H, I if run < D else D * H), (gates * H, H)] + (
                [(gates * H,)] * 2 if args["bias"] else []
            )
        x = draw(N, T, I) if args["batchFirst"] else draw(T, N, I)
        initial = [draw(runs_, N, H) for _ in range(states)] if args["state"] else []

        def function(x, *rest):
            weights, given = rest[: len(shapes)], rest[len(shapes) :]
            given = given or [torch.zeros(runs_, N, H, dtype=x.dtype)] * states
            flags = (args["bias"], args["layers"], 0.0, False, args["bidirectional"], args["batchFirst"])
            result = (
                torch._VF.lstm(x, given, weights, *flags)
                if states == 2
                else torch._VF.gru(x, given[0], weights, *flags)
            )
            return torch.cat([t.reshape(-1) for t in result])

        case(op, name, [x, *[draw(*s) for s in shapes], *initial], function, args)


class Classifier(torch.nn.Module):
    def __init__(self, features, hidden, classes, bidirectional):
        super().__init__()
        self.lstm = torch.nn.LSTM(features, hidden, bidirectional=bidirectional)
        self.fc = torch.nn.Linear((2 if bidirectional else 1) * hidden, classes)

    def forward(self, x):  # (N, 1, T, I)
        _, (h, _) = self.lstm(x[:, 0].transpose(0, 1))
        return self.fc(torch.cat(list(h), 1))


def pinned(steps=10, N=4, T=8, features=8, hidden=16, classes=10):
    x = torch.stack([draw(N, 1, T, features) for _ in range(steps)])
    labels = torch.stack([VECTORS.whole(N, high=classes) for _ in range(steps)])
    x_at, labels_at = store(x), store(labels)
    for name in ("lstm", "bilstm"):
        torch.manual_seed(5)
        model = Classifier(features, hidden, classes, name == "bilstm").float().double()
        weights = [[key, store(p)] for key, p in model.named_parameters()]
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        losses = []
        for step in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[step]), labels[step].long())
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        last = [[key, store(p)] for key, p in model.named_parameters()]
        runs.append(
            {
                "model": name,
                "hidden": hidden,
                "lr": 0.01,
                "x": x_at,
                "label": labels_at,
                "weights": weights,
                "losses": losses,
                "last": last,
            }
        )


layers("lstm", 4, 2)
pinned()
layers("gru", 3, 1)
VECTORS.write(runs=runs)

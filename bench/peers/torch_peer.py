"""PyTorch on the CPU as a contender: torch_peer.py WORKLOAD BUDGET_MS. The workloads of bench/train/workloads.ts, the
same numbers.

Which BLAS multiplies, and how fast, is told with the result: the reference BLAS is some twenty times slower than a
tuned one. OPENBLAS_CORETYPE is left to the user: an OpenBLAS that does not know the processor falls back to slower
loops.
"""

import json
import math
import os
import re
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BATCH = 64
DEVICE = "cpu"  # torch_gpu.py says another
LEAST, OVERTIME = 3, 4  # as bench/compare/measure.ts has them


def uniform(shape, seed):
    """Numbers in [-0.5, 0.5): the generator of bench/shared/numbers.ts; what is known is doubled by jumps."""
    count = math.prod(shape)
    state = np.empty(count, np.uint32)
    state[0] = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
    known, a, c = 1, 1664525, 1013904223  # state[i + known] = a * state[i] + c
    while known < count:
        more = min(known, count - known)
        state[known : known + more] = state[:more] * np.uint32(a) + np.uint32(c)
        a, c, known = a * a & 0xFFFFFFFF, (a * c + c) & 0xFFFFFFFF, known + more
    return torch.from_numpy((state / 4294967296 - 0.5).astype(np.float32)).reshape(shape).to(DEVICE)


def train(parameters, loss, optimizer=None):
    optimizer = optimizer or torch.optim.Adam(parameters)

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value.item() if DEVICE == "cpu" else value  # a GPU is waited for less often, as here

    return step


def classify(model, x, sgd=False):
    y = torch.tensor([(i * 7 + 3) % 10 for i in range(BATCH)], device=DEVICE)
    model.to(DEVICE)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9) if sgd else None
    return train(model.parameters(), lambda: F.cross_entropy(model(x), y), optimizer)


def lenet5():
    body = [
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
    ]
    head = [nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)]
    return classify(nn.Sequential(*body, *head), uniform([BATCH, 1, 28, 28], 3))


def cnn():
    body = [
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
    ]
    head = [nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)]
    return classify(nn.Sequential(*body, *head), uniform([BATCH, 1, 28, 28], 3))


class Recurrent(nn.Module):
    def __init__(self, bidirectional):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(256 if bidirectional else 128, 10)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(torch.cat(list(h), 1))


def recurrent(bidirectional):
    return classify(Recurrent(bidirectional), uniform([BATCH, 28, 28], 3))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(h)) + self.shortcut(x))


def resnet20():
    layers, inputs = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for outputs in (16, 32, 64):
        for i in range(3):
            layers.append(Block(inputs, outputs, 2 if i == 0 and outputs > 16 else 1))
            inputs = outputs
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return classify(model, uniform([BATCH, 3, 32, 32], 3), sgd=True)


def vae():
    encoder, mean, logvar = nn.Linear(2048, 512), nn.Linear(512, 128), nn.Linear(512, 128)
    decoder1, decoder2 = nn.Linear(128, 512), nn.Linear(512, 2048)
    for part in (encoder, mean, logvar, decoder1, decoder2):
        part.to(DEVICE)
    x, noise = uniform([128, 2048], 6), uniform([128, 128], 7)

    def loss():
        h = F.relu(encoder(x))
        m, v = mean(h), logvar(h)
        y = decoder2(F.relu(decoder1(m + torch.exp(0.5 * v) * noise)))
        return (((y - x) ** 2).sum() - 0.5 * (1 + v - m**2 - v.exp()).sum()) / 128

    return train([p for part in (encoder, mean, logvar, decoder1, decoder2) for p in part.parameters()], loss)


def conv_both_ways(inputs, outputs):
    x, w = uniform([BATCH, inputs, 28, 28], 1).requires_grad_(), uniform([outputs, inputs, 3, 3], 2).requires_grad_()
    dy = uniform([BATCH, outputs, 28, 28], 3)

    def step():
        torch.autograd.grad(F.conv2d(x, w, padding=1), [x, w], dy)

    return step


def matmul(n):
    a, b = uniform([n, n], 1), uniform([n, n], 2)

    def step():
        a @ b

    return step


WORKLOADS = {
    "lenet5": lenet5,
    "cnn": cnn,
    "lstm": lambda: recurrent(False),
    "bilstm": lambda: recurrent(True),
    "resnet20": resnet20,
    "vae": vae,
    "conv1_32_fwdbwd": lambda: conv_both_ways(1, 32),
    "conv32_64_fwdbwd": lambda: conv_both_ways(32, 64),
    "matmul512": lambda: matmul(512),
    "matmul1024": lambda: matmul(1024),
}


def resident_mb(field):
    """Peak (VmHWM) or present (VmRSS) memory in MiB."""
    try:
        with open("/proc/self/status") as status:
            return int(re.search(rf"^{field}:\s*(\d+) kB", status.read(), re.M)[1]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(step, budget):
    """As bench/compare/measure.ts: a first step, a warm-up, then steps for a budget of milliseconds."""
    now = lambda: time.perf_counter() * 1000
    idle, started = resident_mb("VmRSS"), now()
    loss_first = loss = step()
    first, warm = now() - started, now()
    for _ in range(2):
        if now() - warm < budget / 2:
            step()
    times, begun = [], now()
    while now() - begun < budget or (len(times) < LEAST and now() - begun < OVERTIME * budget):
        t = now()
        loss = step()
        times.append(now() - t)
    losses = {} if loss is None else {"loss_first": loss_first, "loss_last": loss}
    return {
        "ms": float(np.median(times)),
        "min_ms": min(times),
        "reps": len(times),
        "first_ms": first,
        "rss_mb": resident_mb("VmHWM"),
        "idle_rss_mb": idle,
        **losses,
        "version": torch.__version__,
    }


def blas():
    """The library that multiplies matrices, by the files that are loaded, and its GFLOP/s per thread."""
    a, b = uniform([512, 512], 1), uniform([512, 512], 2)
    a @ b
    took = []
    for _ in range(5):
        t = time.perf_counter()
        a @ b
        took.append(time.perf_counter() - t)
    name = (re.search(r"BLAS_INFO=(\w+)", torch.__config__.show()) or [None, "unknown"])[1]
    try:
        with open("/proc/self/maps") as maps:
            loaded = sorted(
                {
                    os.path.realpath(line.split()[-1])
                    for line in maps
                    if re.search(r"/lib(\w*blas|mkl|blis|atlas)\w*[-.\w]*\.so", line)
                }
            )
    except OSError:
        loaded = []
    tuned = [path for path in loaded if re.search(r"openblas|mkl|blis|atlas", path)]
    if loaded and not tuned:
        name = "reference BLAS"
    return {
        "blas": " ".join([name, *map(os.path.basename, tuned or loaded)]),
        "blas_gflops": 2 * 512**3 / min(took) / 1e9 / torch.get_num_threads(),
    }


if __name__ == "__main__":
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    np.seterr(over="ignore")
    try:
        result = {**measure(WORKLOADS[sys.argv[1]](), float(sys.argv[2])), **blas()}
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"[:300]}
    print("result", json.dumps(result))

"""PyTorch on a GPU, on the workloads of a campaign: torch_gpu.py SECONDS NAME… prints a line of JSON for each.

Names are those of bench/campaign/workloads.ts and bench/train/workloads.ts. What is f32 is measured twice, without
TF32 (as "NAME") and with it (as "NAME tf32"). Ends with 77 where there is no CUDA or no PyTorch. `--device cpu` first
is for a look at whether all of it works.
"""

import contextlib
import json
import re
import sys
import time

LEFT_OUT = 77

try:
    import torch
    import torch.nn.functional as F
    from torch import nn

    import torch_peer
except ImportError as error:
    print(f"PyTorch cannot be loaded: {error}", file=sys.stderr)
    sys.exit(LEFT_OUT)

CALLS_TOGETHER = 0.02  # seconds of calls between two waits, so that the wait does not count


def synchronize():
    if torch_peer.DEVICE == "cuda":
        torch.cuda.synchronize()


def timed(step, seconds):
    """Median and least milliseconds of a call."""
    for _ in range(3 if seconds > 0 else 1):
        step()
    synchronize()

    def once(calls):
        began = time.perf_counter()
        for _ in range(calls):
            step()
        synchronize()
        return time.perf_counter() - began

    calls = 1
    while seconds > 0 and once(calls) < CALLS_TOGETHER and calls < 1024:
        calls *= 2
    times, began = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < seconds:
        times.append(1000 * once(calls) / calls)
        if seconds == 0:
            break
    times.sort()
    return times[len(times) // 2], times[0]


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()

        def layer(i, o, k, s):
            return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o))

        self.one, self.two = layer(inputs, width, 1, 1), layer(width, width, 3, stride)
        self.three = layer(width, 4 * width, 1, 1)
        same = inputs == 4 * width and stride == 1
        self.shortcut = nn.Identity() if same else layer(inputs, 4 * width, 1, stride)

    def forward(self, x):
        h = F.relu(self.two(F.relu(self.one(x))))
        return F.relu(self.three(h) + self.shortcut(x))


def resnet50(classes):
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(count):
            layers.append(Bottleneck(inputs, width, stride if i == 0 else 1))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, classes))


def draw(*shape, dtype=torch.float32):
    return (torch.rand(*shape, device=torch_peer.DEVICE) - 0.5).to(dtype)


def convolution(N, C, H, O, k, stride, which, dtype):
    x, w, pad = draw(N, C, H, H, dtype=dtype), draw(O, C, k, k, dtype=dtype), k // 2
    if which == "y":
        return lambda: F.conv2d(x, w, stride=stride, padding=pad)
    dy = torch.ones_like(F.conv2d(x, w, stride=stride, padding=pad))
    mask = [which == "dx", which == "dw", False]
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, w, None, [stride, stride], [pad, pad], [1, 1], False, [0, 0], 1, mask
    )


def training(size, batch, half):
    model = resnet50(1000 if size > 64 else 10).to(torch_peer.DEVICE).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    x = draw(batch, 3, size, size)
    y = torch.tensor([(i * 7 + 3) % 10 for i in range(batch)], device=torch_peer.DEVICE)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16) if half else contextlib.nullcontext():
            loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def workload(name):
    """The step of a name, or None where PyTorch's half has none."""
    if name in torch_peer.WORKLOADS:
        return torch_peer.WORKLOADS[name]()
    dtype = torch.float16 if name.endswith(" f16") else torch.float32
    product = re.fullmatch(r"matmul (\d+)x\d+x\d+ (f32|f16)", name)
    if product:
        a, b = (draw(int(product[1]), int(product[1]), dtype=dtype) for _ in range(2))
        return lambda: a @ b
    conv = re.fullmatch(r"conv2d (\d+)x(\d+)x(\d+)x\d+x(\d+)x(\d+)s(\d+) (y|dx|dw) (f32|f16)", name)
    if conv:
        return convolution(*map(int, conv.groups()[:6]), conv[7], dtype)
    step = re.fullmatch(r"resnet50_(\d+)px_b(\d+) (f32|f16)", name)
    return training(int(step[1]), int(step[2]), step[3] == "f16") if step else None


def main(arguments):
    if arguments[:1] == ["--device"]:
        torch_peer.DEVICE, arguments = arguments[1], arguments[2:]
    elif torch.cuda.is_available():
        torch_peer.DEVICE = "cuda"
    else:
        print("PyTorch has no CUDA here", file=sys.stderr)
        sys.exit(LEFT_OUT)
    seconds, names = float(arguments[0]), arguments[1:]
    has_cuda = torch_peer.DEVICE == "cuda"
    device = torch.cuda.get_device_name() if has_cuda else "cpu"
    torch.backends.cudnn.benchmark = True
    for tf32 in (False, True) if has_cuda else (False,):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        for name in names:
            if tf32 and name.endswith(" f16"):
                continue
            row = {"name": re.sub(" f32$", "", name) + (" tf32" if tf32 else ""), "device": device}
            try:
                step = workload(name)
                if step is None:
                    continue
                with torch.set_grad_enabled(not re.match("matmul|conv2d", name)):
                    median, least = timed(step, seconds)
                row.update(ms=median, least=least, version=torch.__version__)
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {error}"[:300]
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    torch.manual_seed(0)
    main(sys.argv[1:])

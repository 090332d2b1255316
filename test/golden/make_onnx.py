#!/usr/bin/env python3
"""
Makes test/golden/onnx: small networks of torchvision and PyTorch as PyTorch's exporter writes them, with random
weights, and the logits that PyTorch computes for the images of noise.py, tensor number 0.

    python3 test/golden/make_onnx.py
"""

import json
import pathlib

import torch
import torch.nn as nn
from noise import filled
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.resnet import BasicBlock, conv1x1
from torchvision.models.vision_transformer import VisionTransformer

OUT = pathlib.Path(__file__).parent / "onnx"
BATCH = 2


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.layer1 = nn.Sequential(BasicBlock(8, 8))
        down = nn.Sequential(conv1x1(8, 16, 2), nn.BatchNorm2d(16))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2, down))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(x))), 1))


class RowsLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(12, 8, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        rows = x.permute(0, 2, 1, 3).flatten(2)
        return self.head(self.lstm(rows)[0].mean(1)).softmax(-1)


class Odds(nn.Module):
    """What the others have not: reshapes by computed sizes, Slice, Split, Pad, Clip, Resize, a Gemm of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, groups=1)
        self.norm = nn.GroupNorm(2, 8)
        self.w = nn.Parameter(torch.randn(8, 5))
        self.b = nn.Parameter(torch.randn(5))

    def forward(self, x):
        h = nn.functional.pad(self.conv(x[:, :, 1:, ::2]), (1, 0, 2, 1), value=0.5)
        a, b = self.norm(h).chunk(2, 1)
        h = torch.cat([nn.functional.gelu(a), b.clamp(-0.5, 1.5)], 1)
        h = nn.functional.interpolate(h, scale_factor=2, mode="nearest")
        h = nn.functional.avg_pool2d(nn.functional.hardswish(h), 3, 2, 1)
        h = h.view(x.size(0), h.size(1), -1).mean(2)
        return h @ self.w + self.b


def mobilenet():
    setting = [[1, 8, 1, 1], [4, 8, 1, 2], [4, 12, 2, 2]]
    return MobileNetV2(num_classes=5, width_mult=0.5, inverted_residual_setting=setting, round_nearest=2)


def vit():
    return VisionTransformer(
        image_size=16, patch_size=8, num_layers=1, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5
    )


PRESERVE = torch.onnx.TrainingMode.PRESERVE
EVAL = torch.onnx.TrainingMode.EVAL
# name, network, side, opset, training mode (EVAL folds batch norms), whether the batch is open
NETWORKS = [
    ("resnet", SmallResNet, 20, 13, PRESERVE, True),
    ("resnet_folded", SmallResNet, 20, 11, EVAL, False),
    ("mobilenet", mobilenet, 24, 17, PRESERVE, True),
    ("vit", vit, 16, 17, EVAL, True),
    ("lstm", RowsLSTM, 4, 14, EVAL, True),
    ("odds", Odds, 10, 12, EVAL, False),
]


def main():
    OUT.mkdir(exist_ok=True)
    logits = {}
    for name, make, side, opset, training, is_open in NETWORKS:
        torch.manual_seed(1)
        net = make()
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.5, 1.5)
        net.eval()
        if name == "vit":
            nn.init.normal_(net.heads.head.weight, std=0.3)
        x = filled((BATCH, 3, side, side), 0).float()
        with torch.no_grad():
            logits[name] = [round(v, 6) for v in net(x).flatten().tolist()]
        given = x if is_open else x[:1]
        axes = {"input": {0: "batch"}, "output": {0: "batch"}} if is_open else None
        torch.onnx.export(
            net,
            given,
            OUT / f"{name}.onnx",
            opset_version=opset,
            training=training,
            do_constant_folding=training == EVAL,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes=axes,
        )
    (OUT / "logits.json").write_text(json.dumps({"batch": BATCH, "logits": logits}) + "\n")


if __name__ == "__main__":
    main()

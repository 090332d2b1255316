"""
Prints the two base64 files of safetensors_files.ts, made by writers that are not ours:

OFFICIAL  by the `safetensors` package (pip install safetensors; made with 0.8.0) UNALIGNED by struct and json alone:
no padding, so that no tensor is aligned, and a header in another order than the data
"""

import base64
import json
import struct

import numpy as np
import torch

HALVES = [
    0.0,
    -0.0,
    1.0,
    -2.5,
    65504.0,
    6.103515625e-05,
    5.960464477539063e-08,
    float("inf"),
    float("-inf"),
    float("nan"),
]
BRAINS = [1.0, -3.140625, 3.3895313892515355e38, 9.183549615799121e-41]
tensors = {
    "conv.weight": ("F32", [2, 1, 2, 2], np.arange(8, dtype="<f4") / 8 - 0.5),
    "half": ("F16", [2, 5], np.array(HALVES, dtype="<f2")),
    "brain": ("BF16", [4], torch.tensor(BRAINS).to(torch.bfloat16).view(torch.int16).numpy()),
    "double": ("F64", [3], np.array([np.pi, -1e300, 2.0**-30], dtype="<f8")),
    "num_batches_tracked": ("I64", [], np.array(123456789012, dtype="<i8")),
    "mask": ("BOOL", [3], np.array([1, 0, 1], dtype="u1")),
    "nothing": ("U8", [0, 7], np.array([], dtype="u1")),
    'grüße "\\\n': ("I32", [1], np.array([-7], dtype="<i4")),
}
metadata = {"note": "ä € 𝄞"}  # one key: the package writes several in random order


def official():
    from safetensors import TensorSpec, serialize

    names = {
        "BOOL": "bool",
        "U8": "uint8",
        "I32": "int32",
        "I64": "int64",
        "F16": "float16",
        "BF16": "bfloat16",
        "F32": "float32",
        "F64": "float64",
    }
    specs = {
        name: TensorSpec(dtype=names[dtype], shape=shape, data_ptr=values.ctypes.data, data_len=values.nbytes)
        for name, (dtype, shape, values) in tensors.items()
    }
    return bytes(serialize(specs, metadata))


def unaligned():
    header, data = {}, b""
    for name, (dtype, shape, values) in tensors.items():
        raw = values.tobytes()
        header[name] = {"data_offsets": [len(data), len(data) + len(raw)], "shape": shape, "dtype": dtype}
        data += raw
    text = json.dumps({**dict(reversed(header.items())), "__metadata__": metadata}).encode()
    text += b" " * ((1 - len(text)) % 8)  # 1 modulo 8: every F32 starts at an odd byte
    return struct.pack("<Q", len(text)) + text + data


for name, make in (("OFFICIAL", official), ("UNALIGNED", unaligned)):
    print(name)
    print(base64.b64encode(make()).decode())

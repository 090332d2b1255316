"""Files that torch.save writes, and hostile ones, into numbers/torch_files.json (base64). Needs PyTorch.

The network is a convolution, a batch norm and a linear layer; `tensors` is what each file must give.
"""
import base64
import collections
import io
import json
import os
import pathlib
import pickle
import zipfile

import torch

FOLDER = pathlib.Path(__file__).parent / "numbers"
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Linear(3, 2))
model[1].running_mean.normal_()
optimizer = torch.optim.Adam(model.parameters())
for p in model.parameters():
    p.grad = torch.ones_like(p)
optimizer.step()
state = {k: v.clone() for k, v in model.state_dict().items()}
parallel = collections.OrderedDict((f"module.{k}", v) for k, v in state.items())
wrapped = {
    "epoch": 3,
    "arch": "tiny",
    "best": 0.5,
    "state_dict": parallel,
    "optimizer": optimizer.state_dict(),
    "device": torch.device("cpu"),
    "size": torch.Size([2, 3]),
    "dtype": torch.float32,
    "none": None,
}


def base(data):
    return base64.b64encode(data).decode()


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return base(out.getvalue())


OLD = {"_use_new_zipfile_serialization": False}
flat = torch.arange(40.0)
strange = {"turned": flat[:12].reshape(3, 4).t(), "part": flat[5:11].reshape(2, 3), "whole": flat}
strange["one"] = torch.tensor(7)
files = {
    "zip": (saved(state), "state"),
    "legacy": (saved(state, **OLD), "state"),
    "protocol 4": (saved(state, pickle_protocol=4), "state"),
    "parameters": (saved(dict(model.named_parameters())), "parameters"),
    "wrapped": (saved(wrapped), "parallel"),
    "wrapped, legacy": (saved(wrapped, **OLD), "parallel"),
    "average": (saved({"args": [1, 2], "model_ema": state}), "state"),
    "halves": (saved({k: v.half() if v.is_floating_point() else v for k, v in state.items()}), "halves"),
    "bfloat16": (saved({"x": torch.tensor([1.5, -2]).bfloat16()}), "bfloat16"),
    "strange": (saved(strange), "strange"),
    "strange, legacy": (saved(strange, **OLD), "strange"),
}
numbers = lambda tensors: {k: [list(v.shape), v.double().flatten().tolist()] for k, v in tensors.items()}
expected = {
    "state": numbers(state),
    "parallel": numbers(parallel),
    "parameters": numbers({k: v.detach() for k, v in model.named_parameters()}),
    "halves": numbers({k: v.half() if v.is_floating_point() else v for k, v in state.items()}),
    "bfloat16": {"x": [[2], [1.5, -2]]},
    "strange": numbers(strange),
}


class Calls:
    """Whatever loads it calls the function."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


def zipped(data, method=zipfile.ZIP_STORED, name="archive/data.pkl"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, data)
    return base(out.getvalue())


def pickled(value, protocol=2):
    return zipped(pickle.dumps(value, protocol))


HEAD = b"\x80\x02"
hostile = {
    "posix.system": pickled({"a": Calls(os.system, "touch /tmp/weft-was-run")}),
    "posix.system by protocol 4": pickled({"a": Calls(os.system, "touch /tmp/weft-was-run")}, 4),
    "__builtin__.eval": pickled({"a": Calls(eval, "1")}),
    "builtins.exec": zipped(HEAD + b"cbuiltins\nexec\n(X\x01\x00\x00\x001tR."),
    "torch.load": zipped(HEAD + b"ctorch\nload\n(X\x01\x00\x00\x001tR."),
    "torch.storage._load_from_bytes": zipped(HEAD + b"ctorch.storage\n_load_from_bytes\n)R."),
    "an allowed name with a dot": zipped(HEAD + b"ctorch\nFloatStorage.__init__\n)R."),
    "INST": zipped(b"(S'ls'\nios\nsystem\n."),
    "OBJ": zipped(HEAD + b"(ccollections\nOrderedDict\no."),
    "NEWOBJ": zipped(HEAD + b"ccollections\nOrderedDict\n)\x81."),
    "BUILD of a name": zipped(HEAD + b"ccollections\nOrderedDict\n}b."),
    "PERSID": zipped(HEAD + b"Pa\n."),
    "a foreign reference": zipped(HEAD + b"(X\x06\x00\x00\x00moduleX\x01\x00\x00\x00atQ."),
    "a call of a list": zipped(HEAD + b"])R."),
    "a long number": zipped(HEAD + b"\x8b\xff\xff\xff\x7f."),
    "a long text": zipped(HEAD + b"X\xff\xff\xff\x7f."),
    "a text of more than can be": zipped(HEAD + b"\x8d" + b"\xff" * 8 + b"."),
    "a memory that is not there": zipped(HEAD + b"h\x05."),
    "a mark that is not there": zipped(HEAD + b"t."),
    "no end": zipped(HEAD + b"}"),
    "nothing": zipped(b""),
    "packed": zipped(pickle.dumps({}, 2), zipfile.ZIP_DEFLATED),
    "no data.pkl": zipped(b"x", name="archive/other"),
    "a module": saved(model),
}
document = {"files": files, "expected": expected, "hostile": hostile}
(FOLDER / "torch_files.json").write_text(json.dumps(document) + "\n")

"""Small data sets as NumPy and pyarrow write them, into numbers/packed.json (base64). Needs numpy, pillow, pyarrow.

Six pictures of 4x4 of three classes to train on and three to test on: as PNG files in Parquet, by rows (train and
test), and as arrays in .npz, packed and not, with the channels last and first, and labels of one column.
"""
import base64
import io
import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

CLASSES = ["a/b", "cold", "warm"]
FOLDER = pathlib.Path(__file__).parent / "numbers"
rng = np.random.default_rng(3)


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "png")
    return out.getvalue()


def base(data):
    return base64.b64encode(data).decode()


def parquet(images, labels):
    rows = [
        {"image": {"bytes": png(x), "path": f"{i}.png"}, "label": int(y)}
        for i, (x, y) in enumerate(zip(images, labels))
    ]
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.Table.from_pylist(rows, schema=pa.schema([("image", struct), ("label", pa.int64())]))
    features = {"image": {"_type": "Image"}, "label": {"names": CLASSES, "_type": "ClassLabel"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=4)
    return out.getvalue()


def npz(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


x = {part: rng.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8) for part, n in (("train", 6), ("test", 3))}
y = {"train": np.array([0, 0, 1, 1, 2, 2]), "test": np.array([0, 1, 2])}
arrays = {"y_train": y["train"].reshape(-1, 1), "y_test": y["test"].astype(np.uint8), "classes": np.array(CLASSES)}
last = {"x_train": x["train"], "x_test": x["test"], **arrays}
first = {k: np.ascontiguousarray(v.transpose(0, 3, 1, 2)) if k[0] == "x" else v for k, v in last.items()}
document = {
    "classes": CLASSES,
    "train": x["train"].transpose(0, 3, 1, 2).reshape(-1).tolist(),
    "test": x["test"].transpose(0, 3, 1, 2).reshape(-1).tolist(),
    "parquet": {part: base(parquet(x[part], y[part])) for part in ("train", "test")},
    "npz": {
        "channels last": base(npz(np.savez, **last)),
        "channels first, packed": base(npz(np.savez_compressed, **first)),
    },
    "floats": base(npz(np.savez, x_train=x["train"] / 255, y_train=y["train"])),
}
(FOLDER / "packed.json").write_text(json.dumps(document) + "\n")

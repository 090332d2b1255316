#!/usr/bin/env python3
"""
What PyTorch computes for every op, forward and the gradient of every input: numbers/ops/OP.json, by running every
make_AREA.py beside this file. Debian's python3-torch runs it, on a checkout that is built:

    python3 test/golden/make.py              everything
    python3 test/golden/make.py OP [OP …]    these ops alone; no other file changes

Inputs are drawn from a generator that is seeded for each case and rounded to float32; PyTorch computes in float64;
results are rounded to float32. Gradients are torch.autograd.grad(y, inputs, dy) for a random dy. The same PyTorch gives
the same bytes. A tensor is {"shape": …, "base64": little-endian float32} (labels and indices too: small whole numbers).
"""

import pathlib
import runpy
import sys
import warnings

import torch
import vectors

warnings.filterwarnings("ignore", message="Using padding='same'")
here = pathlib.Path(__file__).parent
wanted = sys.argv[1:]
if wanted:
    vectors.Vectors.write = lambda self, **lists: None  # optimizers and runs stay as they are
# they write files of their own
others = tuple(f"make_{name}.py" for name in ("edges", "lesson13", "packed", "policies", "schedules"))
scripts = [s for s in sorted(here.glob("make_*.py")) if not (wanted and s.name in others)]
for script in scripts:
    runpy.run_path(str(script))
missing = [op for op in wanted if op not in vectors.CASES]
if missing:
    sys.exit(f"no make_*.py has a case of {', '.join(missing)}")
(vectors.FOLDER / "ops").mkdir(exist_ok=True)
for op in wanted or vectors.CASES:
    vectors.write_op(op)
print(f"PyTorch {torch.__version__}: {', '.join(f'{op} {len(vectors.CASES[op])}' for op in wanted or vectors.CASES)}")

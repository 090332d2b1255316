"""Reads an event file with TensorBoard's own reader and prints what it found as JSON.

    python3 read_tensorboard.py RUN

For test/report/tensorboard.test.ts, which leaves it out where TensorBoard is not installed.
"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing import event_accumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={event_accumulator.SCALARS: 0, event_accumulator.TENSORS: 0})
accumulator.Reload()
tags = accumulator.Tags()
print(
    json.dumps(
        {
            "scalars": {tag: [[e.step, e.value] for e in accumulator.Scalars(tag)] for tag in tags["scalars"]},
            "images": {tag: [[e.step, e.width, e.height] for e in accumulator.Images(tag)] for tag in tags["images"]},
            "texts": {
                tag: [e.tensor_proto.string_val[0].decode() for e in accumulator.Tensors(tag)]
                for tag in tags["tensors"]
            },
        }
    )
)

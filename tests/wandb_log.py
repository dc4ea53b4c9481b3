"""Reads what W&B wrote of an offline run: blocks of 32 KiB with protobuf records in them."""

import json
import struct
import time
from pathlib import Path

ONE_BLOCK = 32 * 1024


def records(folder: Path):
    """Reads a W&B transaction log, which is complete a moment after the run has finished."""
    (path,) = folder.glob("*.wandb")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = parse(path)
        if found and found[-1].WhichOneof("record_type") == "exit":
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path} has no end")


def parse(path: Path):
    """Parses blocks of 32 KiB, in which each chunk has crc, length and type."""
    from wandb.proto import wandb_internal_pb2

    data = path.read_bytes()
    at, joined, found = 7, b"", []
    while at < len(data):
        left = ONE_BLOCK - at % ONE_BLOCK
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        joined += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(joined)
            found.append(record)
            joined = b""
    return found


def of_kind(found, kind):
    return [getattr(r, kind) for r in found if r.WhichOneof("record_type") == kind]


def entries(items):
    return {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}

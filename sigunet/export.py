"""The network as an ONNX file, which ONNX Runtime and others run without JAX.

    image  float32[N, H, W, C] in [0, 1], 0 = black, any N, H and W
    ink    float32[N, H, W] in [0, 1], the share of each pixel that is ink

All that `model.predict` does is inside: the padding, the sigmoid and the cut to the picture's size.
The file says what it is (config, threshold, strokes) in its metadata, so that it is enough alone,
and carries its own SHA-256 there, so that a damaged one is not taken. It always computes in
float32, also for a network that was trained in less.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sigunet import sealed
from sigunet.atomic import write_bytes
from sigunet.errors import CheckpointError, ConfigError, require

if TYPE_CHECKING:
    from sigunet.checkpoint import Meta

SUFFIX = ".onnx"

WRITER_VERSION = 2
"""Raised with every change to the graph or its metadata, so that cached files are written anew."""

METADATA = "sigunet"
"""The key of the file's metadata that holds, as JSON, what the checkpoint says of itself."""

SEAL = "sigunet_sha256"
"""The key of the file's metadata that holds the SHA-256 of the file, made while it was zeros."""

DIGEST = "onnx_sha256"
"""The key of a NAME.json beside NAME.onnx that holds the latter's SHA-256."""

IMAGE, INK = "image", "ink"
"""The names of the graph's input and output."""

# The seal's entry in the bytes of the file, up to its value: a string of a length, and another.
_SEALED = b"\x0a" + bytes([len(SEAL)]) + SEAL.encode() + b"\x12\x40"
_UNSEALED = "0" * 64

# Old enough for every ONNX Runtime from 1.20 on, and for others.
_OPSET, _IR = 17, 8

_BATCHNORM_EPSILON = 1e-5  # Flax's default, which `model.Block` leaves as it is


def write_onnx(
    place: str | os.PathLike, out: str | os.PathLike, *, threshold: float | None = None
) -> dict[str, Any]:
    """Writes a checkpoint's network as an ONNX file.

    Where `out` lies beside the very weights it is made of, as NAME.onnx beside NAME.safetensors,
    its SHA-256 is noted in NAME.json, and checked whenever it is loaded.

    Args:
        place: See `checkpoint.load_host`.
        out: A new file that ends in .onnx.
        threshold: On relative soft ink, in (0, 1), where it was calibrated elsewhere; None keeps
            the one that validation chose.

    Returns:
        What the file says of itself: step, config, metrics, threshold, strokes, version; the
        number of pixels sides are padded to a multiple of; and the SHA-256 of the weights.

    Raises:
        CheckpointError: If there is no whole checkpoint there, or `out` exists already or does not
            end in .onnx.
        ConfigError: If the threshold is none, or is not that of the weights `out` lies beside.
        MissingExtra: If the onnx package is not installed.
        SigunetError: If a file cannot be written.
    """
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise ConfigError(f"--threshold {threshold} must lie between 0 and 1.")
    out = Path(out).absolute()
    if out.suffix != SUFFIX:
        raise CheckpointError(f"{out} must end in {SUFFIX}.")
    if out.exists():
        raise CheckpointError(f"{out} exists already.")
    data, about = onnx_bytes(place, threshold=threshold)
    beside = out.with_suffix(".json")
    described = _read_json(beside)
    own = described.get("sha256") == about["sha256"]
    if own and described.get("threshold") != about["threshold"]:
        raise ConfigError(
            f"{beside.name} beside it has the threshold {described.get('threshold')}, which would "
            "count: write the weights again with --threshold, or this file elsewhere."
        )
    write_bytes(out, data)
    if own:
        sealed.write(beside, described | {DIGEST: hashlib.sha256(data).hexdigest()})
    return about


def onnx_bytes(
    place: str | os.PathLike, *, threshold: float | None = None
) -> tuple[bytes, dict[str, Any]]:
    """Makes what `write_onnx` writes.

    Args:
        place: See `checkpoint.load_host`.
        threshold: See `write_onnx`.

    Returns:
        The file, the same bytes for the same checkpoint; and what it says of itself.

    Raises:
        CheckpointError, MissingExtra: As `write_onnx`.
    """
    require("onnx", "export")
    # Not at the top: whoever only asks for the names above should not pay for JAX.
    from sigunet import checkpoint, shipped

    variables, meta = checkpoint.load_host(place)
    if threshold is not None:
        meta = dataclasses.replace(meta, threshold=threshold)
    file = shipped.locate(place)
    digest = _digest(variables) if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
    return graph(variables, meta, digest)


def graph(variables: Mapping, meta: "Meta", digest: str) -> tuple[bytes, dict[str, Any]]:
    """Writes the graph of a network.

    Args:
        variables: {"params", "batch_stats"} as NumPy arrays; they are stored as precisely as they
            come, in halves or float32.
        meta: Of the checkpoint they come from.
        digest: SHA-256 of the weights, for the metadata.

    Returns:
        The file's bytes, and its metadata.

    Raises:
        MissingExtra: If the onnx package is not installed.
    """
    onnx = require("onnx", "export")
    from sigunet import model as model_lib
    from sigunet.checkpoint.layout import meta_json

    helper, kinds = onnx.helper, onnx.TensorProto
    config = meta.config.model
    network = _Network(onnx, variables)
    network.write(config)
    about = {
        **meta_json(meta),
        "multiple": model_lib.from_config(config).multiple,
        "sha256": digest,
        "writer": WRITER_VERSION,
    }
    image = helper.make_tensor_value_info(IMAGE, kinds.FLOAT, ["N", "H", "W", config.channels])
    ink = helper.make_tensor_value_info(INK, kinds.FLOAT, ["N", "H", "W"])
    model = helper.make_model(
        helper.make_graph(network.nodes, "sigunet", [image], [ink], network.initializers),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="sigunet",
        producer_version=meta.version,
    )
    said = json.dumps(about, sort_keys=True, allow_nan=False)
    helper.set_model_props(model, {METADATA: said, SEAL: _UNSEALED})
    # What was read back has lists where the meta has tuples.
    return _seal(model.SerializeToString(deterministic=True)), json.loads(json.dumps(about))


def is_changed(data: bytes) -> bool:
    """Says whether a file is another than the one that was written, by the digest it carries.

    It is looked for in the bytes, before any runtime has read them: neither onnx nor a parser is
    needed, and a shipped network is hashed in 20 ms. Like every digest it tells of damage, not of
    somebody who also wrote another digest.

    Args:
        data: The file's bytes.

    Returns:
        True if it is; False also for a file that carries no digest, as older ones.
    """
    at = data.rfind(_SEALED)
    if at < 0:
        return False
    start = at + len(_SEALED)
    return data[start : start + len(_UNSEALED)] != _digest_around(data, start)


def _seal(data: bytes) -> bytes:
    """Writes the digest of a file where its zeros are."""
    start = data.rindex(_SEALED) + len(_SEALED)
    end = start + len(_UNSEALED)
    return b"".join((data[:start], _digest_around(data, start), data[end:]))


def _digest_around(data: bytes, start: int) -> bytes:
    """SHA-256 of a file, in hex, as if the digest at `start` were zeros."""
    whole = memoryview(data)
    total = hashlib.sha256(whole[:start])
    total.update(_UNSEALED.encode())
    total.update(whole[start + len(_UNSEALED) :])
    return total.hexdigest().encode()


class _Network:
    """Writes the nodes of one `model.UNet`, whose forward pass `write` follows line by line."""

    def __init__(self, onnx, variables: Mapping):
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._onnx = onnx
        self._variables = variables

    def write(self, config) -> None:
        """Writes the network of `config.model`, from `IMAGE` to `INK`."""
        block = 2 if config.stem == "space_to_depth" else 1
        size = self._op("Slice", self._op("Shape", IMAGE), self._ints(1), self._ints(3))
        x = self._op("Sub", self._floats(1.0), self._op("Transpose", IMAGE, perm=(0, 3, 1, 2)))
        x = self._pad(x, size, 2**config.depth * block)
        if block > 1:
            x = self._op("SpaceToDepth", x, blocksize=block)
        pixels, skips = x, []
        for level in range(config.depth):
            x = self._block(x, f"Block_{level}", config.convs)
            skips.append(x)
            x = self._op("MaxPool", x, kernel_shape=(2, 2), strides=(2, 2))
        x = self._block(x, f"Block_{config.depth}", config.convs)
        for number, skip in enumerate(reversed(skips), config.depth + 1):
            x = self._op("Concat", self._upsample(x), skip, axis=1)
            x = self._block(x, f"Block_{number}", config.convs)
        logits = self._conv(x, "Conv_0", bias=True)
        if config.detail:
            x = self._op("Concat", x, pixels, axis=1)
            x = self._block(x, "detail", config.convs)
            logits = self._op("Add", logits, self._conv(x, "detail_head"))
        if block > 1:
            logits = self._op("DepthToSpace", logits, blocksize=block)
        # One channel is left. It goes before the cut, which then is one of rows and columns.
        logits = self._op("Squeeze", logits, self._ints(1))
        cut = self._op("Slice", logits, self._ints(0, 0), size, self._ints(1, 2))
        self._op("Sigmoid", cut, name=INK)

    def _pad(self, x: str, size: str, multiple: int) -> str:
        """Repeats the edge at the bottom and right up to a multiple of pixels."""
        missing = self._op("Mod", self._op("Neg", size), self._ints(multiple))
        pads = self._op("Concat", self._ints(0, 0, 0, 0, 0, 0), missing, axis=0)
        return self._op("Pad", x, pads, mode="edge")

    def _upsample(self, x: str) -> str:
        """Repeats each pixel 2 x 2."""
        return self._op(
            "Resize",
            x,
            "",
            self._floats(1.0, 1.0, 2.0, 2.0),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def _block(self, x: str, name: str, convs: int) -> str:
        for number in range(convs):
            norm = f"{name}/BatchNorm_{number}"
            x = self._op(
                "BatchNormalization",
                self._conv(x, f"{name}/Conv_{number}"),
                self._variable("params", f"{norm}/scale"),
                self._variable("params", f"{norm}/bias"),
                self._variable("batch_stats", f"{norm}/mean"),
                self._variable("batch_stats", f"{norm}/var"),
                epsilon=_BATCHNORM_EPSILON,
            )
            x = self._op("Relu", x)
        return x

    def _conv(self, x: str, name: str, *, bias: bool = False) -> str:
        weights = [self._variable("params", f"{name}/kernel")]
        if bias:
            weights.append(self._variable("params", f"{name}/bias"))
        return self._op("Conv", x, *weights, auto_pad="SAME_UPPER")

    def _variable(self, group: str, name: str) -> str:
        """Stores a variable as it is; a runtime casts halves to float32 once, when it loads them."""
        leaf = self._variables[group]
        for part in name.split("/"):
            leaf = leaf[part]
        leaf = np.asarray(leaf)
        if leaf.ndim == 4:
            leaf = leaf.transpose(3, 2, 0, 1)
        if leaf.dtype != np.float16:
            return self._initializer(f"{group}/{name}", leaf.astype(np.float32))
        half = self._initializer(f"{group}/{name}", leaf)
        return self._op("Cast", half, to=self._onnx.TensorProto.FLOAT)

    def _ints(self, *values: int) -> str:
        return self._initializer("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def _floats(self, *values: float) -> str:
        name = "floats_" + "_".join(map(str, values))
        return self._initializer(name, np.array(values, np.float32))

    def _initializer(self, name: str, array: np.ndarray) -> str:
        if not any(known.name == name for known in self.initializers):
            tensor = self._onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
            self.initializers.append(tensor)
        return name

    def _op(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        name = name or f"{kind}_{len(self.nodes)}"
        self.nodes.append(
            self._onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes)
        )
        return name


def _digest(variables: Mapping) -> str:
    """SHA-256 over the names, kinds and bytes of all variables."""
    import jax

    total = hashlib.sha256()
    for keys, leaf in jax.tree.leaves_with_path(variables):
        total.update(f"{jax.tree_util.keystr(keys)} {leaf.dtype} {leaf.shape}".encode())
        total.update(np.ascontiguousarray(leaf).tobytes())
    return total.hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object; one that is missing or damaged says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

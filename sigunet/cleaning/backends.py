"""Which runtime the network gets: ONNX Runtime, which starts fast and is fast on a CPU, JAX or OpenVINO.

"auto" takes ONNX Runtime, except where JAX has an accelerator to use, or where the ONNX file would
have to be made and the onnx package is not installed. An accelerator counts if its plugin for JAX
is installed, its device is there, and neither JAX_PLATFORMS nor CUDA_VISIBLE_DEVICES hides it; JAX
itself is not imported to find out. OpenVINO has to be asked for, since what it finds in bfloat16 is
not what others find to the bit. It and ONNX Runtime are always used on the CPU.
"""

import importlib.util
import logging
import os
from pathlib import Path

import numpy as np

from sigunet import export, shipped
from sigunet.cleaning import graphs
from sigunet.cleaning.backend import Backend
from sigunet.cleaning.graph_backends import OnnxBackend, OpenvinoBackend
from sigunet.errors import CheckpointError, MissingExtra, OptionError

CHOICES = ("auto", "onnx", "openvino", "jax")

_ACCELERATORS = (
    # (JAX's platforms, plugins, devices)
    (("cuda", "gpu"), ("jax_cuda12_plugin", "jax_cuda13_plugin"), ("/dev/nvidiactl", "/dev/dxg")),
    (("rocm", "gpu"), ("jax_rocm60_plugin", "jax_rocm7_plugin"), ("/dev/kfd",)),
    (("tpu",), ("libtpu",), ("/dev/accel0", "/dev/vfio")),
)

_log = logging.getLogger(__name__)


class JaxBackend(Backend):
    """The network in JAX, on its first device.

    It is compiled for each size of picture, as brought to a multiple of `multiple`. Coarser steps
    would compile less, but what is padded beyond that changes the ink near the edge.

    Args:
        place: See `checkpoint.load_host`.
        notes: Sentences for the user.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
    """

    name = "jax"

    def __init__(self, place: str | os.PathLike, *, notes: tuple[str, ...] = ()):
        import jax

        from sigunet import checkpoint
        from sigunet import model as model_lib
        from sigunet.checkpoint.layout import meta_json

        variables, meta = checkpoint.load_host(place)
        self._model = model_lib.from_config(meta.config.model)
        # Flax computes BatchNorm's divisor in the precision of the statistics it is given.
        dtype = model_lib.parameter_dtype(self._model.dtype)
        variables = jax.tree.map(lambda leaf: leaf.astype(dtype), variables)
        self._variables = jax.device_put(variables, jax.local_devices()[0])
        self._predict = model_lib.predict
        super().__init__(meta_json(meta) | {"multiple": self._model.multiple}, notes)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink: see `Backend`."""
        height, width = image.shape[1:3]
        step = self.multiple
        missing = ((0, 0), (0, -height % step), (0, -width % step), (0, 0))
        padded = np.pad(np.asarray(image, np.float32), missing, mode="edge")
        soft = self._predict(self._model, self._variables, padded)
        return np.asarray(soft, np.float32)[:, :height, :width]


def load(
    place: str | os.PathLike = shipped.DEFAULT,
    *,
    backend: str = "auto",
    threads: int | None = None,
) -> Backend:
    """Loads a checkpoint to predict with.

    Args:
        place: The name of shipped weights, a .safetensors or .onnx file, or the folder of a run, of
            its checkpoints or of one step.
        backend: "onnx", "openvino", "jax" or "auto"; see above.
        threads: Of one prediction on the CPU, but for JAX; None takes the cores there are.

    Returns:
        The network.

    Raises:
        CheckpointError: If there is no whole checkpoint there, or a file has been changed.
        MissingExtra: If the ONNX file has to be made and onnx is not installed, or OpenVINO is
            not.
        OptionError: If there is no such backend, or `threads` is not positive.
    """
    if backend not in CHOICES:
        raise OptionError(f"--backend is {backend!r}; it must be one of {', '.join(CHOICES)}.")
    if threads is not None and threads < 1:
        raise OptionError(f"--threads is {threads}; it must be at least 1.")
    is_graph = Path(place).suffix == export.SUFFIX
    if backend == "jax":
        if is_graph:
            raise CheckpointError(f"{place} is no network for JAX: use --backend onnx or openvino.")
        return JaxBackend(place)
    if backend == "auto" and not is_graph and has_accelerator():
        return JaxBackend(place)
    try:
        graph = graphs.find(place)
    except MissingExtra as error:
        if backend != "auto":
            raise
        _log.info("JAX is used. %s", error)
        return JaxBackend(place, notes=(f"JAX is used, which starts slowly. {error}",))
    for note in graph.notes:
        _log.info(note)
    made = OpenvinoBackend if backend == "openvino" else OnnxBackend
    return made(graph, threads=threads)


def check_shipped(name: str) -> None:
    """Checks that there are weights of a name.

    Raises:
        CheckpointError: If there are none; it says which there are.
    """
    shipped.check(name)


def has_accelerator() -> bool:
    """Says whether JAX would find an accelerator, without importing it."""
    wanted = [name for name in os.environ.get("JAX_PLATFORMS", "").lower().split(",") if name]
    for platforms, plugins, devices in _ACCELERATORS:
        if wanted and not any(name in platforms for name in wanted):
            continue
        if "cuda" in platforms and os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
            continue
        installed = any(importlib.util.find_spec(plugin) for plugin in plugins)
        if installed and any(Path(device).exists() for device in devices):
            return True
    return False

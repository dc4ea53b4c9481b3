"""What runs the network: ONNX Runtime, which starts fast and is fast on a CPU, or JAX.

"auto" takes ONNX Runtime, except where JAX has an accelerator to use, or where the ONNX file would
have to be made and the onnx package is not installed. An accelerator counts if its plugin for JAX
is installed, its device is there, and neither JAX_PLATFORMS nor CUDA_VISIBLE_DEVICES hides it; JAX
itself is not imported to find out. ONNX Runtime is always used on the CPU.
"""

import abc
import importlib.util
import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from sigunet import export, shipped
from sigunet.cleaning import graphs
from sigunet.errors import CheckpointError, MissingExtra, OptionError
from sigunet.machine import cores

CHOICES = ("auto", "onnx", "jax")

_SILENT = 4  # fatal errors only: what goes wrong arrives as an exception

_ACCELERATORS = (
    # (JAX's platforms, plugins, devices)
    (("cuda", "gpu"), ("jax_cuda12_plugin", "jax_cuda13_plugin"), ("/dev/nvidiactl", "/dev/dxg")),
    (("rocm", "gpu"), ("jax_rocm60_plugin", "jax_rocm7_plugin"), ("/dev/kfd",)),
    (("tpu",), ("libtpu",), ("/dev/accel0", "/dev/vfio")),
)

_log = logging.getLogger(__name__)


class Backend(abc.ABC):
    """A network with its weights, ready to predict; it may be called from several threads.

    Attributes:
        name: "onnx" or "jax".
        meta: What the checkpoint says of itself, as `checkpoint.layout.meta_from_json` reads it.
        notes: Sentences for the user about how it was loaded.
    """

    name: str

    def __init__(self, meta: dict[str, Any], notes: tuple[str, ...] = ()):
        self.meta = meta
        self.notes = notes

    @abc.abstractmethod
    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink.

        Args:
            image: float32[N, H, W, C] in [0, 1], 0 = black; any N, H and W.

        Returns:
            float32[N, H, W] in [0, 1], the share of each pixel that is ink.
        """

    @property
    def channels(self) -> int:
        """Channels of the pictures it takes: 1 for grey, 3 for RGB."""
        return self.meta["config"]["model"]["channels"]

    @property
    def multiple(self) -> int:
        """The number of pixels both sides are padded to a multiple of, inside."""
        return self.meta["multiple"]

    @property
    def threshold(self) -> float:
        """From which soft output on a pixel counts as ink, calibrated on validation."""
        return self.meta["threshold"]

    @property
    def sampling(self) -> str:
        """How pictures were brought to the network in training: "letterbox" or "crop"."""
        return self.meta["config"]["data"]["sampling"]

    @property
    def size(self) -> int:
        """Side of the square pictures it was trained on, px."""
        return self.meta["config"]["data"]["size"]

    @property
    def strokes(self) -> tuple[float, float] | None:
        """Narrowest and widest stroke it was trained on, px; None if that is not known."""
        strokes = self.meta.get("strokes")
        if not strokes or not all(np.isfinite(strokes)) or min(strokes) <= 0:
            return None
        return strokes[0], strokes[1]


class OnnxBackend(Backend):
    """The network in ONNX Runtime, on the CPU.

    Args:
        graph: The file.
        threads: Of one prediction; None takes the cores there are.

    Raises:
        CheckpointError: If it is damaged, or no file of `sigunet export`.
    """

    name = "onnx"

    def __init__(self, graph: graphs.Graph, *, threads: int | None = None):
        try:
            self._session = onnxruntime.InferenceSession(
                graph.data, session_options(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # ONNX Runtime has a dozen kinds of error, all of them derived from Exception alone.
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(f"The network {graph.source} is damaged ({reason}).") from error
        try:
            said = self._session.get_modelmeta().custom_metadata_map[export.METADATA]
            meta = json.loads(said)
        except (KeyError, ValueError) as error:
            raise CheckpointError(
                f"{graph.source} does not say how it was trained: write it with "
                f"`sigunet export --format onnx`."
            ) from error
        # The config beside older weights lacks the keys that came later; the graph's own has them.
        later = {key: value for key, value in graph.described.items() if key != "config"}
        super().__init__(meta | later, graph.notes)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink: see `Backend`."""
        image = np.ascontiguousarray(image, np.float32)
        return self._session.run([export.INK], {export.IMAGE: image})[0]


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
        backend: "onnx", "jax" or "auto"; see above.
        threads: Of one prediction with ONNX Runtime; None takes the cores there are.

    Returns:
        The network.

    Raises:
        CheckpointError: If there is no whole checkpoint there, or a file has been changed.
        MissingExtra: If the backend "onnx" has to make its file and onnx is not installed.
        OptionError: If there is no such backend, or `threads` is not positive.
    """
    if backend not in CHOICES:
        raise OptionError(f"--backend is {backend!r}; it must be one of {', '.join(CHOICES)}.")
    if threads is not None and threads < 1:
        raise OptionError(f"--threads is {threads}; it must be at least 1.")
    is_graph = Path(place).suffix == export.SUFFIX
    if backend == "jax":
        if is_graph:
            raise CheckpointError(f"{place} runs in ONNX Runtime only: use --backend onnx.")
        return JaxBackend(place)
    if backend == "auto" and not is_graph and has_accelerator():
        return JaxBackend(place)
    try:
        graph = graphs.find(place)
    except MissingExtra as error:
        if backend == "onnx":
            raise
        _log.info("JAX is used. %s", error)
        return JaxBackend(place, notes=(f"JAX is used, which starts slowly. {error}",))
    for note in graph.notes:
        _log.info(note)
    return OnnxBackend(graph, threads=threads)


def check_shipped(name: str) -> None:
    """Checks that there are weights of a name.

    Raises:
        CheckpointError: If there are none; it says which there are.
    """
    shipped.check(name)


def session_options(threads: int | None = None) -> onnxruntime.SessionOptions:
    """Sets ONNX Runtime up for one picture at a time.

    Args:
        threads: Of one prediction; None takes the cores this process may use.

    Returns:
        Its options.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or cores()
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Plans of memory are laid up for each size of picture, and here no two are alike.
    options.enable_mem_pattern = False
    options.log_severity_level = _SILENT
    return options


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

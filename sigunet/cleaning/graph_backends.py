"""What runs the network's ONNX file, on the CPU: ONNX Runtime, or OpenVINO where it is installed."""

import json
import sys
import threading
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime

from sigunet import export
from sigunet.cleaning import graphs
from sigunet.cleaning.backend import Backend
from sigunet.errors import CheckpointError, require
from sigunet.machine import cores

_SILENT = 4  # fatal errors only: what goes wrong arrives as an exception
_KERNELS = 64  # compiled ones that OpenVINO keeps: two or three sizes of picture


class OnnxBackend(Backend):
    """The network in ONNX Runtime.

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
            raise _damaged(graph, error) from error
        said = self._session.get_modelmeta().custom_metadata_map
        super().__init__(_meta(graph, said.get(export.METADATA)), graph.notes)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink: see `Backend`."""
        image = np.ascontiguousarray(image, np.float32)
        return self._session.run([export.INK], {export.IMAGE: image})[0]


class OpenvinoBackend(Backend):
    """The network in OpenVINO, in bfloat16 where the processor computes in it.

    Its processors are those with AMX or AVX-512 BF16; on others it computes in float32, about as fast
    as ONNX Runtime.

    Args:
        graph: The file.
        threads: Of one prediction; None takes the cores there are. As many predictions are made at
            once as that leaves cores for.

    Raises:
        CheckpointError: If it is damaged, or no file of `sigunet export`.
        MissingExtra: If OpenVINO is not installed.
    """

    name = "openvino"

    def __init__(self, graph: graphs.Graph, *, threads: int | None = None):
        openvino = import_openvino()
        core = openvino.Core()
        halves = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        threads = threads or cores()
        streams = max(1, cores() // threads)
        try:
            model = core.read_model(graph.data)
            self._model = core.compile_model(
                model,
                "CPU",
                openvino_hints(threads * streams, "bf16" if halves else "f32")
                | {"NUM_STREAMS": streams},
            )
        except RuntimeError as error:
            raise _damaged(graph, error) from error
        try:
            said = model.get_rt_info(["framework", export.METADATA]).astype(str)
        except RuntimeError:
            said = None
        # A request holds its pictures, so that no two threads may share one.
        self._requests = threading.local()
        super().__init__(_meta(graph, said), graph.notes)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink: see `Backend`."""
        if not hasattr(self._requests, "own"):
            self._requests.own = self._model.create_infer_request()
        image = np.ascontiguousarray(image, np.float32)
        ink = self._requests.own.infer({export.IMAGE: image}, share_inputs=True)[export.INK]
        # bfloat16 has 8 bits, and the last of them may lie above 1.
        return np.clip(ink, 0, 1)


def _damaged(graph: graphs.Graph, error: Exception) -> CheckpointError:
    reason = " ".join(str(error).split())[:200]
    return CheckpointError(f"The network {graph.source} is damaged ({reason}).")


def _meta(graph: graphs.Graph, said: str | None) -> dict[str, Any]:
    """Reads what a graph says of itself, and what is said beside it.

    Raises:
        CheckpointError: If it is no file of `sigunet export`.
    """
    try:
        meta = json.loads(said or "")
    except ValueError as error:
        raise CheckpointError(
            f"{graph.source} does not say how it was trained: write it with "
            f"`sigunet export --format onnx`."
        ) from error
    # The config beside older weights lacks the keys that came later; the graph's own has them.
    return meta | {key: value for key, value in graph.described.items() if key != "config"}


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


def import_openvino() -> ModuleType:
    """Imports OpenVINO, without the part of it that reports each use to its makers.

    Raises:
        MissingExtra: If it is not installed.
    """
    sys.modules.setdefault("openvino_telemetry", None)
    return require("openvino", "openvino")


def openvino_hints(threads: int, precision: str) -> dict[str, Any]:
    """Sets OpenVINO up for one picture at a time.

    Args:
        threads: In all.
        precision: "f32" or "bf16".

    Returns:
        Properties of a compiled model.
    """
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": precision,
        # The threads of two processes would be tied to the same cores.
        "ENABLE_CPU_PINNING": False,
        # Kernels are kept for each size of picture; by default enough of them to fill gigabytes.
        "CPU_RUNTIME_CACHE_CAPACITY": _KERNELS,
    }

"""Runs frozen TensorFlow graphs in a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlperf_loadgen.harness.backends.base import GRAPH, Opener
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError


class TensorFlowBackend:
    """A session on a frozen graph (.pb); a Backend. Its predict runs in parallel on several
    threads.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        device: str = "auto",
        threads: int = 0,
    ) -> None:
        """inputs, outputs: names of tensors, such as "input_tensor:0".
        device: "auto" (a GPU where this TensorFlow finds one), "cpu" or "cuda".
        threads: threads that one predict call uses on the CPU; 0: TensorFlow decides.

        Raises ModuleNotFoundError without the package, FileNotFoundError without the model, and
        ValueError for a file that is not a graph, a tensor that it lacks, and a missing device.
        """
        tf = require("tensorflow", "tensorflow")
        if not Path(model).is_file():
            raise FileNotFoundError(f"no model at {model}")
        graph = _graph(tf, Path(model))
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        feeds = [_tensor(graph, name, Path(model)) for name in inputs]
        fetches = [_tensor(graph, name, Path(model)) for name in outputs]
        chosen = _device_of(device, tf)
        config = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=threads,
            device_count={"GPU": 0} if chosen == "CPU" else {},
        )
        self._session = tf.compat.v1.Session(graph=graph, config=config)
        self._run = self._session.make_callable(fetches, feed_list=feeds)
        self.name = f"tensorflow {tf.__version__}, {chosen}"

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """See Backend.predict."""
        return tuple(self._run(*(feeds[name] for name in self.inputs)))


def _graph(tf: Any, model: Path) -> Any:
    definition = tf.compat.v1.GraphDef()
    try:
        definition.ParseFromString(model.read_bytes())
    except Exception as error:  # whatever this protobuf raises
        raise FileError(f"{model} is not a frozen TensorFlow graph: {error}") from None
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(definition, name="")
    return graph


def _tensor(graph: Any, name: str, model: Path) -> Any:
    try:
        return graph.get_tensor_by_name(name)
    except (KeyError, ValueError):
        inputs = [op.outputs[0].name for op in graph.get_operations() if op.type == "Placeholder"]
        raise ValueError(
            f"{model} has no tensor {name}; its inputs are {', '.join(inputs) or 'none'}"
        ) from None


def _device_of(device: str, tf: Any) -> str:
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f'device must be "auto", "cpu" or "cuda", not "{device}"')
    there = bool(tf.config.list_physical_devices("GPU"))
    if device == "cuda" and not there:
        raise ValueError("this TensorFlow finds no GPU")
    return "GPU" if there and device != "cpu" else "CPU"


OPENER = Opener(
    "tensorflow", GRAPH, TensorFlowBackend, package="tensorflow", layout="NHWC", aliases=("tf",)
)

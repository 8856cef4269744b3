"""The former name of synthetic.py, until every app has moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from reference_apps.common.synthetic import SyntheticModel

Network = TypeVar("Network", bound=nn.Module)


class StandIn(SyntheticModel[Network]):
    def __init__(
        self,
        name: str,
        make: Callable[[], Network],
        settle: Callable[[Network], None],
        code: str,
        write_onnx: Callable[[Network, Path], None] | None = None,
        write_graph: Callable[[Network, Path], None] | None = None,
    ) -> None:
        given: dict[str, Any] = {"onnx": write_onnx, "graph": write_graph}
        write = {format: writer for format, writer in given.items() if writer}
        super().__init__(name, make, settle, code, write)

    @property
    def settle(self) -> Callable[[Network], None]:
        return self.init_weights

    def onnx_file(self) -> Path:
        return self.file("onnx")

    def frozen_graph(self) -> Path:
        return self.file("graph")

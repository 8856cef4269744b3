"""Reads what a command line says about the model, and describes it on the screen."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mlperf_loadgen.harness.arguments import threads_per_worker

Options = TypeVar("Options", bound="ModelOptions")


@dataclass(frozen=True)
class ModelOptions:
    """What the command line says about the model. An app may derive options of its own."""

    path: Path | None = None  # None: the synthetic model
    device: str = "auto"
    threads: int = 0  # of one inference; 0: the backend decides
    layout: str | None = None  # of images; None: as the model has it
    inputs: Sequence[str] = ()  # tensors; empty: as the format has them
    outputs: Sequence[str] = ()

    @classmethod
    def of(cls: type[Options], args: argparse.Namespace, **own: Any) -> Options:
        """Returns those of a parsed command line. own: what not every app has."""
        path, threads = args.model_path, threads_per_worker(args)
        return cls(path=path, device=args.device, threads=threads, **own)


def synthetic_parts(args: argparse.Namespace) -> list[str]:
    """Returns App.synthetic: what the command line does not name is synthetic."""
    named = {"model": args.model_path, "data": args.dataset_path}
    return [name for name, path in named.items() if path is None]


def about_model(title: str, path: Path | None) -> str:
    """Returns a line for the screen."""
    if path is not None:
        return f"{title}, {path}"
    return f"{title}, NOT the trained weights: a synthetic model from a seed"

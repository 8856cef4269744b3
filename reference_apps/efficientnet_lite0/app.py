"""EfficientNet-Lite0 on photographs."""

from __future__ import annotations

from collections.abc import Sequence

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.app import App, run_app
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.model import open_model
from reference_apps.efficientnet_lite0.accuracy import score
from reference_apps.efficientnet_lite0.arguments import APP, DEFAULTS, parse
from reference_apps.efficientnet_lite0.dataset import from_folder, packaged
from reference_apps.efficientnet_lite0.model import FORMATS
from reference_apps.efficientnet_lite0.processing import preprocess

_IN_MEMORY = 1024  # pictures loaded at once


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    pictures = from_folder(args.dataset_path) if args.dataset_path else packaged()
    pictures = pictures.head(args.count)
    backend = open_model(args.backend, FORMATS, ModelOptions.of(args)).backend

    def predict(images: NDArray[np.float32]) -> NDArray[np.float32]:
        (logits, *_) = backend.predict({backend.inputs[0]: images})
        classes: NDArray[np.float32] = logits.argmax(axis=1).astype(np.float32)
        return classes

    return run_app(
        App(
            model=APP.model,
            about_model=f"EfficientNet-Lite0, {args.model_path or 'packaged weights'}",
            about_data=pictures.about,
            about_backend=backend.name,
            library=InMemoryLibrary(
                len(pictures),
                lambda index: preprocess(pictures.open(index)),
                performance_sample_count=min(len(pictures), _IN_MEMORY),
                name="pictures",
            ),
            predict=predict,
            score=lambda log: score(log, pictures),
            defaults=DEFAULTS,
        ),
        args,
    )

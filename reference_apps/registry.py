"""The reference apps, one row each. Read by the apps themselves, `python -m reference_apps`, the
table of docs/reference_apps.md, the tests and the benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import mlperf_loadgen as lg
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH, backends_for


@dataclass(frozen=True)
class Entry:
    """An app. Its modules are imported when they are needed."""

    name: str  # of its folder
    model: str  # the name under which settings files know it
    title: str
    data: str
    formats: Sequence[str]  # in which the model comes; the first decides the default backend
    score: str = ""  # of the official weights on all of the data
    accuracy: str = ""  # the module of the command that scores an accuracy log

    @property
    def package(self) -> str:
        """The name to import it by."""
        return f"reference_apps.{self.name}"

    @property
    def backends(self) -> tuple[str, ...]:
        """The names that its --backend takes for a model; the first is the default."""
        return backends_for(self.formats)

    def main(self, argv: Sequence[str]) -> lg.Report:
        """Runs what a command line asks for."""
        report: lg.Report = import_module(f"{self.package}.app").main(argv)
        return report


APPS = {
    app.name: app
    for app in (
        Entry(
            "resnet50",
            "resnet50",
            "ResNet50 v1.5",
            "ImageNet 2012",
            (ONNX, TORCH, GRAPH),
            "76.456 %",
            "reference_apps.vision.accuracy_imagenet",
        ),
        Entry(
            "mobilenet",
            "mobilenet",
            "MobileNet v1 1.0 224",
            "ImageNet 2012",
            (ONNX, TORCH, GRAPH),
            "71.676 %",
            "reference_apps.vision.accuracy_imagenet",
        ),
        Entry(
            "ssd_mobilenet",
            "ssd-mobilenet",
            "SSD-MobileNet v1 300x300",
            "COCO 2017",
            (ONNX, TORCH, GRAPH),
            "mAP 22 %",
            "reference_apps.vision.accuracy_coco",
        ),
        Entry(
            "ssd_resnet34",
            "ssd-resnet34",
            "SSD-ResNet34 1200x1200",
            "COCO 2017",
            (ONNX, TORCH, GRAPH),
            "mAP 20 %",
            "reference_apps.vision.accuracy_coco",
        ),
        Entry(
            "bert",
            "bert",
            "BERT-Large",
            "SQuAD v1.1",
            (ONNX, TORCH, GRAPH),
            "F1 90.874 %",
            "reference_apps.bert.accuracy_squad",
        ),
        Entry(
            "dlrm",
            "dlrm",
            "DLRM",
            "Criteo Terabyte, Kaggle",
            (TORCH, ONNX, GRAPH),
            "AUC 80.25 %",
            "reference_apps.dlrm.accuracy_dlrm",
        ),
        Entry(
            "unet3d",
            "3d-unet",
            "3D-UNet",
            "BraTS 2019",
            (TORCH, ONNX, GRAPH),
            "DICE 0.853",
            "reference_apps.unet3d.accuracy_brats",
        ),
        Entry(
            "rnnt",
            "rnnt",
            "RNN-T",
            "LibriSpeech dev-clean",
            (TORCH, ONNX),
            "WER 7.452 %",
            "reference_apps.rnnt.accuracy_eval",
        ),
        Entry(
            "gnmt",
            "gnmt",
            "GNMT",
            "newstest2014 en-de",
            (TORCH, GRAPH, ONNX),
            "BLEU 23.9",
            "reference_apps.gnmt.process_accuracy",
        ),
        Entry(
            "efficientnet_lite0",
            "efficientnet-lite0",
            "EfficientNet-Lite0, packaged weights",
            "photographs from packages",
            (ONNX, TORCH),
        ),
    )
}

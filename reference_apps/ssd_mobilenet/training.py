"""Trains SSD-MobileNet in seconds on scenes of pasted photographs:
python -m reference_apps.ssd_mobilenet.training --help

Only the heads learn, by least squares. The backbone is drawn from a seed, in a way that lets
through what it sees: its depthwise convolutions blur, and ReLU6 bends few of its signals.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.progress_bar import track
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.ssd_mobilenet import formats
from reference_apps.ssd_mobilenet.formats import SIDE
from reference_apps.ssd_mobilenet.model import ANCHORS_PER_CELL, CLASSES, GRIDS, SsdMobileNet
from reference_apps.vision import fitting, scenes
from reference_apps.vision.boxes import CODES, encode
from reference_apps.vision.detections import Detections, overlaps
from reference_apps.vision.preprocessing import coco_centred, to_nchw
from reference_apps.vision.scenes import KINDS, Scene

_SEED = 2016
_HELD_OUT_SEED = 2017
_MEAN = 1.0  # of all signals, whose deviation is 1
_FITTED = 32  # pictures
_BATCH = 8
_OVERLAP = 0.5  # of an anchor that shows a thing
_LEAST_EXAMPLES = 5  # to learn from
_GROUND = 3.0  # weight of all cells without a thing, those with one having 1
_RIDGE = 0.01
_STEEPNESS, _MIDDLE = 10.0, 0.335  # of the logit, from an answer that is 1 for its class, else 0
_NEVER = -30.0  # a logit


def train(examples: Sequence[Scene]) -> SsdMobileNet:
    """Returns a detector of what is in the examples, in evaluation mode."""
    pixels = [to_nchw(coco_centred(scene.picture)) for scene in examples]
    pictures = torch.from_numpy(np.asarray(pixels, np.float32))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(_SEED)
        network = SsdMobileNet().eval()
        _draw_backbone(network, pictures[:_FITTED])
        wanted = [_wanted(scene.truth, network.anchors) for scene in examples]
        classes = torch.stack([kinds for kinds, _ in wanted])
        codes = torch.stack([codes for _, codes in wanted])
        ends = [cells**2 * shapes for cells, shapes in zip(GRIDS, ANCHORS_PER_CELL, strict=True)]
        for x, class_head, box_head, kinds, places in zip(
            _feature_maps(network, pictures),
            network.class_heads,
            network.box_heads,
            torch.split(classes, ends, dim=1),
            torch.split(codes, ends, dim=1),
            strict=True,
        ):
            cells = x.permute(0, 2, 3, 1).flatten(0, 2)
            shown = kinds.reshape(len(cells), -1)
            _fit_class_head(class_head, cells, shown)
            _fit_box_head(box_head, cells, shown > 0, places.reshape(len(cells), -1, CODES))
    return network


def _draw_backbone(network: SsdMobileNet, pictures: Tensor) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.weight.uniform_().square_()
    fitting.fit(network, pictures, mean=_MEAN)


def _feature_maps(network: SsdMobileNet, pictures: Tensor) -> list[Tensor]:
    batches = [
        network.feature_maps(batch)
        for batch in track(torch.split(pictures, _BATCH), "looking at the examples")
    ]
    return [torch.cat(maps) for maps in zip(*batches, strict=True)]


def _wanted(truth: Detections, anchors: Tensor) -> tuple[Tensor, Tensor]:
    """Returns for each anchor the class, 0 where nothing is, and the codes of the box."""
    centres, halves = anchors[:, :2], anchors[:, 2:] / 2
    corners = torch.cat([centres - halves, centres + halves], dim=1)
    (box,), (kind,) = truth.boxes, truth.classes
    parts = torch.from_numpy(overlaps(box, corners.numpy()))
    shows = parts > _OVERLAP
    shows[parts.argmax()] = True
    return shows.long() * int(kind), encode(torch.from_numpy(box), anchors)


def _fit_class_head(head: nn.Module, cells: Tensor, kinds: Tensor) -> None:
    """cells (m, channels); kinds (m, shapes): the class that each anchor of a cell shows, or 0."""
    weight, bias = head.get_parameter("weight").zero_(), head.get_parameter("bias").fill_(_NEVER)
    shown = (kinds > 0).any(dim=1)
    count = int(shown.sum())
    if count < _LEAST_EXAMPLES:
        return
    share = _GROUND * count / max(1, len(cells) - count)
    answers = functional.one_hot(kinds, CLASSES)[..., KINDS].float()
    learnt = _least_squares(cells, answers.flatten(1), torch.where(shown, 1.0, share))
    learnt = learnt.T.reshape(*answers.shape[1:], -1) * _STEEPNESS
    weight.view(-1, CLASSES, weight.shape[1])[:, KINDS] = learnt[..., :-1]
    bias.view(-1, CLASSES)[:, KINDS] = learnt[..., -1] - _STEEPNESS * _MIDDLE


def _fit_box_head(head: nn.Module, cells: Tensor, shows: Tensor, codes: Tensor) -> None:
    """shows (m, shapes): whether an anchor shows a thing, whose box has these codes (m, shapes, 4).
    A shape without enough examples says what the anchor is.
    """
    weight, bias = head.get_parameter("weight").zero_(), head.get_parameter("bias").zero_()
    for shape, shown in enumerate(shows.unbind(dim=1)):
        if int(shown.sum()) >= _LEAST_EXAMPLES:
            learnt = _least_squares(cells[shown], codes[shown, shape], torch.ones(())).T
            weight.view(-1, CODES, weight.shape[1])[shape] = learnt[:, :-1]
            bias.view(-1, CODES)[shape] = learnt[:, -1]


def _least_squares(inputs: Tensor, answers: Tensor, weights: Tensor) -> Tensor:
    """Returns factors for inputs (m, channels) and, last, what to add: (channels + 1, columns)."""
    roots = weights.sqrt().expand(len(inputs))[:, None]
    rows = functional.pad(inputs, (0, 1), value=1.0) * roots
    answers = answers * roots
    ridge = _RIDGE * rows.square().sum() / rows.shape[1]
    learnt: Tensor
    if len(rows) < rows.shape[1]:  # the same in fewer unknowns
        shares = torch.linalg.solve(rows @ rows.T + ridge * torch.eye(len(rows)), answers)
        learnt = rows.T @ shares
    else:
        squares = rows.T @ rows + ridge * torch.eye(rows.shape[1])
        learnt = torch.linalg.solve(squares, rows.T @ answers)
    return learnt


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the trained network in all its formats, and a data set that it has not seen, whose
    boxes are those of the photographs.
    """
    parser = argparse.ArgumentParser(
        description="Trains SSD-MobileNet on pasted photographs: weights and a data set for run.py."
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument(
        "--examples", type=int, default=150, metavar="N", help="to learn from (150)"
    )
    parser.add_argument(
        "--held-out", type=int, default=64, metavar="N", help="in the data set (64)"
    )
    args = parser.parse_args(argv)
    if min(args.examples, args.held_out) < 1:
        parser.error("--examples and --held-out must be at least 1")
    args.output.mkdir(parents=True)
    network = train(scenes.scenes(args.examples, side=SIDE, seed=_SEED))
    scenes.write_coco(args.output / "coco", held_out(args.held_out))
    torch.save(network.state_dict(), args.output / "ssd_mobilenet.pytorch")
    formats.write_onnx(network, args.output / "ssd_mobilenet.onnx")
    if find_spec("tensorflow") is not None:
        formats.write_frozen_graph(network, args.output / "ssd_mobilenet.pb")
    print(f"Trained on {args.examples} scenes; weights and {args.held_out} others: {args.output}")


def held_out(count: int) -> list[Scene]:
    """Returns scenes that are not among those that `main` learns from."""
    return scenes.scenes(count, side=SIDE, seed=_HELD_OUT_SEED)


if __name__ == "__main__":
    main()

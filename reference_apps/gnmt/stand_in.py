"""The network that stands in for the trained one: narrow, and taught a few sentences."""

from __future__ import annotations

from reference_apps.common.stand_in import StandIn
from reference_apps.gnmt import frozen_graph, network, onnx_file
from reference_apps.gnmt.network import Gnmt
from reference_apps.gnmt.pieces import generated_pairs, generated_vocabulary
from reference_apps.gnmt.training import train

_UNITS = 64


def _make() -> Gnmt:
    words = len(generated_vocabulary())
    return Gnmt(words, words, _UNITS)


def _settle(made: Gnmt) -> None:
    ids = generated_vocabulary().ids
    train(made, [(ids(english), ids(german)) for english, german in generated_pairs()])


STAND_IN = StandIn(
    name="gnmt",
    make=_make,
    settle=_settle,
    code=network.__file__,
    write_onnx=onnx_file.write_decoder,
    write_graph=frozen_graph.write_decoder,
)

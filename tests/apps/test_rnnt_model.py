"""Tests the networks of RNN-T in batches, decoding against the obvious way, one utterance at a
time, and the checkpoint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from reference_apps.rnnt.config import Config, Sizes
from reference_apps.rnnt.model import Rnnt, read_checkpoint, stack_frames
from reference_apps.rnnt.processing import MAX_SYMBOLS, decode_greedily

TINY = Config(sizes=Sizes(encoder_n_hidden=24, pred_n_hidden=12, joint_n_hidden=20))


@pytest.fixture
def network() -> Rnnt:
    """Has larger weights than torch draws, so that it emits labels."""
    torch.manual_seed(3)
    network = Rnnt(TINY).eval().requires_grad_(False)
    for weights in network.parameters():
        weights.mul_(4)
    network.joint.net[-1].get_parameter("bias")[network.blank] += 2
    return network


def test_parameters_and_names() -> None:
    with torch.device("meta"):
        official = Rnnt()
    assert sum(weights.numel() for weights in official.parameters()) == 45_323_037
    shapes = {name: tuple(weights.shape) for name, weights in official.state_dict().items()}
    assert len(shapes) == 4 * (2 + 3 + 2) + 1 + 4
    assert shapes["encoder.pre_rnn.lstm.weight_ih_l0"] == (4096, 240)
    assert shapes["encoder.post_rnn.lstm.weight_ih_l0"] == (4096, 2048)
    assert shapes["encoder.post_rnn.lstm.bias_hh_l2"] == (4096,)
    assert shapes["prediction.embed.weight"] == (28, 320)
    assert shapes["prediction.dec_rnn.lstm.weight_hh_l1"] == (1280, 320)
    assert shapes["joint.net.0.weight"] == (512, 1344)
    assert shapes["joint.net.3.weight"] == (29, 512)


def test_stacking_pads_with_zeros() -> None:
    x = torch.arange(12.0).reshape(3, 2, 2)  # frames, utterances, features
    found, lengths = stack_frames(x, torch.tensor([3, 2]), 2)
    assert found[:, 0].tolist() == [[0, 1, 4, 5], [8, 9, 0, 0]]
    assert found[:, 1].tolist() == [[2, 3, 6, 7], [10, 11, 0, 0]]
    assert lengths.tolist() == [2, 1]


def test_an_utterance_is_encoded_as_if_it_were_alone(network: Rnnt) -> None:
    lengths = torch.tensor([5, 12, 1, 7])
    features = torch.randn(12, 4, 240)  # the padding is not zero, and does not matter
    encoded, found = network.encoder(features, lengths)
    assert found.tolist() == [3, 6, 1, 4]
    assert encoded.shape == (4, 6, 24)
    for n, length in enumerate(lengths.tolist()):
        alone, _ = network.encoder(features[:length, n : n + 1], lengths[n : n + 1])
        torch.testing.assert_close(encoded[n : n + 1, : found[n]], alone)


def one_by_one(network: Rnnt, encoded: Tensor) -> list[int]:
    """Decodes one utterance, float32 (frames, hidden), by the definition."""
    lstm = network.prediction.dec_rnn.lstm
    labels: list[int] = []
    state = None
    for frame in encoded:
        for _ in range(30):
            before = network.prediction.embed.weight[labels[-1]] if labels else torch.zeros(12)
            predicted, state_after = lstm(before.reshape(1, 1, -1), state)
            logits = network.joint.net(torch.cat([frame, predicted[0, 0]]))
            label = int(logits.argmax())
            if label == 28:
                break
            labels.append(label)
            state = state_after
    return labels


def lengths_and_sound() -> tuple[Tensor, Tensor]:
    torch.manual_seed(5)
    return torch.tensor([9, 0, 30, 1, 17, 30]), torch.randn(6, 30, 24)


def test_decoding_as_one_by_one(network: Rnnt) -> None:
    lengths, encoded = lengths_and_sound()
    found = decode_greedily(network, encoded, lengths)
    alone = [one_by_one(network, encoded[n, :length]) for n, length in enumerate(lengths.tolist())]
    assert found == alone
    assert found[1] == []
    assert len({tuple(labels) for labels in found}) >= 4
    assert sum(map(len, found)) > 30


def test_no_more_than_30_labels_at_a_frame(network: Rnnt) -> None:
    network.joint.net[-1].get_parameter("bias")[network.blank] = -1e4
    lengths, encoded = lengths_and_sound()
    found = decode_greedily(network, encoded, lengths)
    assert [len(labels) for labels in found] == [
        MAX_SYMBOLS * length for length in lengths.tolist()
    ]
    assert found[0] == one_by_one(network, encoded[0, :9])


def test_blank_alone_emits_no_label(network: Rnnt) -> None:
    network.joint.net[-1].get_parameter("bias")[network.blank] = 1e4
    lengths, encoded = lengths_and_sound()
    assert decode_greedily(network, encoded, lengths) == [[]] * 6


class TestCheckpoint:
    def official(self, network: Rnnt) -> dict[str, Any]:
        """Returns weights under the names of the official file."""
        state = {
            name.replace("joint.net.", "joint_net."): weights
            for name, weights in network.state_dict().items()
        }
        state["audio_preprocessor.featurizer.fb"] = torch.zeros(1, 80, 257)
        state["audio_preprocessor.featurizer.window"] = torch.zeros(320)
        return state

    def test_the_official_names(self, network: Rnnt, tmp_path: Path) -> None:
        torch.save({"state_dict": self.official(network), "epoch": 3}, tmp_path / "rnnt.pt")
        read = read_checkpoint(tmp_path / "rnnt.pt", TINY)
        assert not read.training
        for name, weights in network.state_dict().items():
            assert torch.equal(read.state_dict()[name], weights)

    def test_what_does_not_fit_is_named(self, network: Rnnt, tmp_path: Path) -> None:
        file = tmp_path / "rnnt.pt"
        torch.save(self.official(network), file)
        with pytest.raises(ValueError, match=r"(?s)rnnt\.pt is not a Rnnt.*size misma"):
            read_checkpoint(file, Config(sizes=Sizes(encoder_n_hidden=32, pred_n_hidden=12)))
        torch.save({"state_dict": {"encoder.x": torch.zeros(1)}}, file)
        with pytest.raises(ValueError, match=r"(?s)rnnt\.pt is not a Rnnt.*Missing.*encoder\.x"):
            read_checkpoint(file, TINY)
        torch.save([1], file)
        with pytest.raises(ValueError, match=r"rnnt\.pt does not hold weights by name"):
            read_checkpoint(file, TINY)
        file.write_text("no")
        with pytest.raises(ValueError, match=r"rnnt\.pt: its pickle is damaged"):
            read_checkpoint(file, TINY)
        with pytest.raises(FileNotFoundError, match=r"other\.pt"):
            read_checkpoint(tmp_path / "other.pt", TINY)

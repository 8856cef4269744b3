"""A small network, and recorded speech that it labels: sentences of an audio book, in librivox/ as
LibriSpeech has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder, content_key
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.nn.utils.rnn import pad_sequence

from reference_apps.common.stand_in import StandIn
from reference_apps.rnnt.config import Config, Sizes, Sound
from reference_apps.rnnt.convert import convert
from reference_apps.rnnt.dataset import MANIFEST, LibriSpeech, read_librispeech, text_of
from reference_apps.rnnt.model import Rnnt, stacked
from reference_apps.rnnt.processing import INPUTS, OUTPUTS, FrontEnd, Recognizer, padded

# Of the stand-in, which answers on two processors as fast as people speak tens of times over.
SMALL = Config(sizes=Sizes(encoder_n_hidden=256, pred_n_hidden=96, joint_n_hidden=128))

FOLDER = Path(__file__).with_name("librivox")
RECORDINGS = sorted(FOLDER.rglob("*.flac"))

_AROUND_S = 0.2  # over which loudness is taken

Waveform = NDArray[np.float32]  # (samples), in [-1, 1)


def sentences(sound: Sound) -> list[Waveform]:
    """Those of the folder. Raises ValueError for another sample rate than theirs."""
    data = read_librispeech(FOLDER, sound=sound)
    return [data.waveform(index) for index in range(len(data))]


def utterances(sound: Sound) -> Iterator[Waveform]:
    """More of them, of lengths that differ: each sentence, its beginning, and with the next."""
    spoken = sentences(sound)
    for sentence, following in zip(spoken, spoken[1:] + spoken[:1], strict=True):
        yield from (
            sentence,
            sentence[: _pause(sentence, sound)],
            np.concatenate([sentence, following]),
        )


def _pause(waveform: Waveform, sound: Sound) -> int:
    """The sample about which the middle half is most silent."""
    around = np.ones(round(_AROUND_S * sound.sample_rate))
    loudness = np.convolve(waveform.astype(np.float64) ** 2, around, mode="same")
    quarter = len(waveform) // 4
    return quarter + int(loudness[quarter:-quarter].argmin())


_LABELS = 40  # in a text
_TEXTS = 32
_PAIRS = 4096  # of a frame and a text that ends somewhere
_SPEAKING = 0.45  # of all decisions; the others are blank
_SPACES = 0.2  # of all labels
_SPACE = 0
_AGAINST_DOUBLES = 4.0  # how much a label's logit falls behind itself, where it deviates by 1


def settle(network: Rnnt, config: Config) -> None:
    """See StandIn.settle."""
    said, last = _texts(network)
    heard = _sentences(network, config)
    frames = torch.randint(len(heard), (_PAIRS,))
    texts = torch.randint(len(said), (_PAIRS,))
    _settle_joint(network, heard[frames], said[texts], last[texts])


def _sentences(network: Rnnt, config: Config) -> Tensor:
    """Settles the encoder; what it makes of recorded sentences, (frames, hidden)."""
    front_end, encoder = FrontEnd(config.sound), network.encoder
    features = [front_end(torch.from_numpy(waveform)) for waveform in sentences(config.sound)]
    lengths = torch.tensor([len(each) for each in features])
    x = _settle_lstm(encoder.pre_rnn.lstm, pad_sequence(features))
    x, lengths = stacked(x, lengths, encoder.factor)
    x = _settle_lstm(encoder.post_rnn.lstm, x)
    return torch.cat([x[:length, n] for n, length in enumerate(lengths.tolist())])


def _texts(network: Rnnt) -> tuple[Tensor, Tensor]:
    """Settles the prediction network; what it makes of texts at random, (labels, hidden), and the
    label that was said last in each place.
    """
    prediction = network.prediction
    texts = torch.randint(network.blank, (_LABELS, _TEXTS))
    said = _settle_lstm(prediction.dec_rnn.lstm, prediction.embed(texts))
    return said.flatten(0, 1), texts.flatten()


def _settle_lstm(lstm: nn.LSTM, x: Tensor) -> Tensor:
    """x: (steps, n, inputs). What comes out, with each gate of each layer used in full."""
    for layer in range(lstm.num_layers):
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = {kind: lstm.get_parameter(f"{kind}_l{layer}") for kind in kinds}
        _settle_linear(weights["weight_ih"], weights["bias_ih"], x.flatten(0, 1))
        weights["bias_hh"].zero_()
        single = nn.LSTM(x.shape[-1], lstm.hidden_size)
        single.load_state_dict({f"{kind}_l0": value for kind, value in weights.items()})
        x, _ = single(x)
    return x


def _settle_joint(network: Rnnt, heard: Tensor, said: Tensor, last: Tensor) -> None:
    """Sound and text have the same say. No letter is favoured; one just said is not said again."""
    first, final = network.joint.net[0], network.joint.net[-1]
    weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
    by_text = bias.clone()
    _settle_linear(weight[:, : heard.shape[1]], bias, heard)
    _settle_linear(weight[:, heard.shape[1] :], by_text, said)
    bias.add_(by_text)
    hidden = torch.relu(first(torch.cat([heard, said], dim=1)))
    weight, bias = final.get_parameter("weight"), final.get_parameter("bias")
    _settle_linear(weight, bias, hidden)
    weight[: network.blank].sub_(_AGAINST_DOUBLES * _tells(hidden, last, network.blank))
    logits = final(hidden)
    mean = logits.mean(0)
    bias.sub_(mean)
    logits.sub_(mean)
    labels, blank = logits[:, : network.blank], logits[:, network.blank]
    letters = labels.clone()
    letters[:, _SPACE] = -torch.inf
    bias[_SPACE] += _lead(letters.amax(1) - labels[:, _SPACE], _SPACES)
    labels[:, _SPACE] += _lead(letters.amax(1) - labels[:, _SPACE], _SPACES)
    bias[network.blank] += _lead(labels.amax(1) - blank, 1 - _SPEAKING)


def _tells(hidden: Tensor, last: Tensor, labels: int) -> Tensor:
    """(labels, hidden): weights that tell by the hidden layer whether a label was said last, 1, or
    not, 0; least squares.
    """
    wanted = one_hot(last, labels).float()
    inputs = hidden - hidden.mean(0)
    ridge = torch.eye(inputs.shape[1]) * 1e-2 * len(inputs)
    found: Tensor = torch.linalg.solve(
        inputs.T @ inputs + ridge, inputs.T @ (wanted - wanted.mean(0))
    )
    return found.T


def _lead(behind: Tensor, share: float) -> float:
    """What to add to a logit, so that it comes first in this share of the cases; it is `behind` the
    first of the others by so much.
    """
    return float(behind.quantile(share))


def _settle_linear(weight: Tensor, bias: Tensor, x: Tensor) -> None:
    """x: (n, inputs). Each output gets mean 0 and deviation 1."""
    outputs = x @ weight.T
    deviation = outputs.std(0, correction=0).clamp_min(1e-6)
    weight.div_(deviation[:, None])
    bias.copy_(-outputs.mean(0) / deviation)


_CHAPTER = "1-1"  # speaker and chapter


def stand_in(config: Config) -> StandIn[Rnnt]:
    """Of the sizes and the alphabet of the configuration."""
    return StandIn(
        name=f"rnnt-{content_key(repr(config), *RECORDINGS)}",
        make=lambda: Rnnt(config),
        settle=lambda made: settle(made, config),
        code=__file__,
    )


def generated_librispeech(stand_in: StandIn[Rnnt], config: Config) -> LibriSpeech:
    """Recorded speech as FLAC tree and as WAV files with a manifest, whose transcripts are what the
    stand-in hears in float32: what a run loses on the way, it scores as word errors.
    """
    folder = cached_folder(
        "librispeech",
        content_key(stand_in.key(), stand_in.name),
        lambda path: _fill(path, stand_in, config),
    )
    return read_librispeech(folder, sound=config.sound)


def _fill(folder: Path, stand_in: StandIn[Rnnt], config: Config) -> None:
    soundfile = require("soundfile")
    network = Recognizer(stand_in.network(), config.sound)
    recognizer = TorchBackend(network, inputs=INPUTS, outputs=OUTPUTS, device="cpu")
    archive = folder / "LibriSpeech" / "dev-clean"
    chapter = archive.joinpath(*_CHAPTER.split("-"))
    chapter.mkdir(parents=True)
    lines = []
    for number, waveform in enumerate(track([*utterances(config.sound)], "labelling utterances")):
        labels, _ = recognizer.predict(padded([waveform]))
        name = f"{_CHAPTER}-{number:04}"
        soundfile.write(str(chapter / f"{name}.flac"), waveform, config.sound.sample_rate)
        lines.append(f"{name} {text_of(labels[0].tolist(), config.labels).upper()}\n")
    (chapter / f"{_CHAPTER}.trans.txt").write_text("".join(lines), encoding="utf-8")
    convert(archive, folder / "dev-clean-wav", folder / MANIFEST)

"""Makes a small RNN-T whose texts vary with the sound, and a small LibriSpeech of recorded speech
that it has labelled: sentences of an audio book, in librivox/ as LibriSpeech has them.
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

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.rnnt.config import Config, Sizes, Sound
from reference_apps.rnnt.convert import convert
from reference_apps.rnnt.dataset import MANIFEST, LibriSpeech, labels_to_text, read_librispeech
from reference_apps.rnnt.model import Rnnt, stack_frames
from reference_apps.rnnt.processing import INPUTS, OUTPUTS, FrontEnd, Recognizer, pad_waveforms

# Small enough that two processors transcribe tens of times faster than real time.
SMALL = Config(sizes=Sizes(encoder_n_hidden=256, pred_n_hidden=96, joint_n_hidden=128))

FOLDER = Path(__file__).with_name("librivox")
RECORDINGS = sorted(FOLDER.rglob("*.flac"))
_CHAPTER = "1-1"  # speaker and chapter
_LOUDNESS_WINDOW_S = 0.2

# How the weights are initialised.
_TEXTS = 32  # random ones
_TEXT_LENGTH = 40  # labels
_PAIRS = 4096  # of a frame and a position in a text
_EMIT_SHARE = 0.45  # of all decisions; the others are blank
_SPACE_SHARE = 0.2  # of all labels
_SPACE = 0  # its label
_REPEAT_PENALTY = 4.0  # deviations by which the logit of the last label is lowered

Waveform = NDArray[np.float32]  # (samples), in [-1, 1)


def synthetic_model(config: Config) -> SyntheticModel[Rnnt]:
    """Returns the synthetic model with the sizes and the alphabet of the configuration."""
    return SyntheticModel(
        name=f"rnnt-{content_key(repr(config), *RECORDINGS)}",
        make=lambda: Rnnt(config),
        init_weights=lambda network: init_weights(network, config),
        code=__file__,
    )


def generated_librispeech(model: SyntheticModel[Rnnt], config: Config) -> LibriSpeech:
    """Returns recorded speech as a FLAC tree and as WAV files with a manifest. The transcripts are
    what the synthetic model answers in float32, so anything that a run loses shows as word errors.
    """
    folder = cached_folder(
        "librispeech",
        content_key(model.key(), model.name),
        lambda path: _write_librispeech(path, model, config),
    )
    return read_librispeech(folder, sound=config.sound)


def _write_librispeech(folder: Path, model: SyntheticModel[Rnnt], config: Config) -> None:
    soundfile = require("soundfile")
    network = Recognizer(model.network(), config.sound)
    recognizer = TorchBackend(network, inputs=INPUTS, outputs=OUTPUTS, device="cpu")
    archive = folder / "LibriSpeech" / "dev-clean"
    chapter = archive.joinpath(*_CHAPTER.split("-"))
    chapter.mkdir(parents=True)
    lines = []
    for number, waveform in enumerate(track([*utterances(config.sound)], "labelling utterances")):
        labels, _ = recognizer.predict(pad_waveforms([waveform]))
        name = f"{_CHAPTER}-{number:04}"
        soundfile.write(str(chapter / f"{name}.flac"), waveform, config.sound.sample_rate)
        lines.append(f"{name} {labels_to_text(labels[0].tolist(), config.labels).upper()}\n")
    (chapter / f"{_CHAPTER}.trans.txt").write_text("".join(lines), encoding="utf-8")
    convert(archive, folder / "dev-clean-wav", folder / MANIFEST)


def sentences(sound: Sound) -> list[Waveform]:
    """Returns the recorded sentences. Raises ValueError for another sample rate than theirs."""
    data = read_librispeech(FOLDER, sound=sound)
    return [data.waveform(index) for index in range(len(data))]


def utterances(sound: Sound) -> Iterator[Waveform]:
    """Yields utterances of many lengths: each sentence, its beginning, and it with the next one."""
    recorded = sentences(sound)
    for sentence, following in zip(recorded, recorded[1:] + recorded[:1], strict=True):
        yield from (
            sentence,
            sentence[: _find_pause(sentence, sound)],
            np.concatenate([sentence, following]),
        )


def _find_pause(waveform: Waveform, sound: Sound) -> int:
    """Returns the index of the quietest sample in the middle half."""
    window = np.ones(round(_LOUDNESS_WINDOW_S * sound.sample_rate))
    loudness = np.convolve(waveform.astype(np.float64) ** 2, window, mode="same")
    quarter = len(waveform) // 4
    return quarter + int(loudness[quarter:-quarter].argmin())


def init_weights(network: Rnnt, config: Config) -> None:
    """Rescales random weights so that signals keep their size from layer to layer, and the labels
    vary with the sound, form words and come about as fast as people speak.
    """
    predicted, last_labels = _init_prediction(network)
    encoded = _init_encoder(network, config)
    frames = torch.randint(len(encoded), (_PAIRS,))
    positions = torch.randint(len(predicted), (_PAIRS,))
    _init_joint(network, encoded[frames], predicted[positions], last_labels[positions])


def _init_encoder(network: Rnnt, config: Config) -> Tensor:
    """Initialises the encoder and returns its output for the recorded sentences, (frames,
    hidden).
    """
    front_end, encoder = FrontEnd(config.sound), network.encoder
    features = [front_end(torch.from_numpy(waveform)) for waveform in sentences(config.sound)]
    lengths = torch.tensor([len(frames) for frames in features])
    x = _init_lstm(encoder.pre_rnn.lstm, pad_sequence(features))
    x, lengths = stack_frames(x, lengths, encoder.factor)
    x = _init_lstm(encoder.post_rnn.lstm, x)
    return torch.cat([x[:length, n] for n, length in enumerate(lengths.tolist())])


def _init_prediction(network: Rnnt) -> tuple[Tensor, Tensor]:
    """Initialises the prediction network and returns its output for random texts, (positions,
    hidden), and the label before each position.
    """
    prediction = network.prediction
    texts = torch.randint(network.blank, (_TEXT_LENGTH, _TEXTS))
    predicted = _init_lstm(prediction.dec_rnn.lstm, prediction.embed(texts))
    return predicted.flatten(0, 1), texts.flatten()


def _init_lstm(lstm: nn.LSTM, x: Tensor) -> Tensor:
    """Scales the weights so that each gate of each layer uses its range. Returns the output for x
    (steps, n, inputs).
    """
    for layer in range(lstm.num_layers):
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = {kind: lstm.get_parameter(f"{kind}_l{layer}") for kind in kinds}
        _standardize(weights["weight_ih"], weights["bias_ih"], x.flatten(0, 1))
        weights["bias_hh"].zero_()
        single = nn.LSTM(x.shape[-1], lstm.hidden_size)
        single.load_state_dict({f"{kind}_l0": value for kind, value in weights.items()})
        x, _ = single(x)
    return x


def _init_joint(network: Rnnt, encoded: Tensor, predicted: Tensor, last_labels: Tensor) -> None:
    """Scales the contributions of sound and text to equal variance, favours no letter, lowers the
    last label, and sets how often a space, or any label, comes first.
    """
    first, final = network.joint.net[0], network.joint.net[-1]
    weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
    text_bias = bias.clone()
    _standardize(weight[:, : encoded.shape[1]], bias, encoded)
    _standardize(weight[:, encoded.shape[1] :], text_bias, predicted)
    bias.add_(text_bias)
    hidden = torch.relu(first(torch.cat([encoded, predicted], dim=1)))
    weight, bias = final.get_parameter("weight"), final.get_parameter("bias")
    _standardize(weight, bias, hidden)
    is_last = _fit_last_label(hidden, last_labels, network.blank)
    weight[: network.blank].sub_(_REPEAT_PENALTY * is_last)
    logits = final(hidden)
    mean = logits.mean(0)
    bias.sub_(mean)
    logits.sub_(mean)
    labels, blank = logits[:, : network.blank], logits[:, network.blank]
    letters = labels.clone()
    letters[:, _SPACE] = -torch.inf
    bias[_SPACE] += _offset(letters.amax(1) - labels[:, _SPACE], _SPACE_SHARE)
    labels[:, _SPACE] += _offset(letters.amax(1) - labels[:, _SPACE], _SPACE_SHARE)
    bias[network.blank] += _offset(labels.amax(1) - blank, 1 - _EMIT_SHARE)


def _fit_last_label(hidden: Tensor, last_labels: Tensor, labels: int) -> Tensor:
    """Returns weights (labels, hidden) that predict from the hidden layer whether a label is the
    last one, 1, or not, 0, by least squares.
    """
    targets = one_hot(last_labels, labels).float()
    inputs = hidden - hidden.mean(0)
    ridge = torch.eye(inputs.shape[1]) * 1e-2 * len(inputs)
    weights: Tensor = torch.linalg.solve(
        inputs.T @ inputs + ridge, inputs.T @ (targets - targets.mean(0))
    )
    return weights.T


def _offset(behind: Tensor, share: float) -> float:
    """Returns what to add to a logit so that it is the largest in this share of the cases. behind:
    by how much it is less than the largest of the others in each case.
    """
    return float(behind.quantile(share))


def _standardize(weight: Tensor, bias: Tensor, x: Tensor) -> None:
    """Scales a linear layer so that each output has mean 0 and deviation 1 over x (n, inputs)."""
    outputs = x @ weight.T
    deviation = outputs.std(0, correction=0).clamp_min(1e-6)
    weight.div_(deviation[:, None])
    bias.copy_(-outputs.mean(0) / deviation)

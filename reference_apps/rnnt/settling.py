"""Makes something of weights from a seed: signals that keep their size from layer to layer, and
text that varies with the sound, in words, about as fast as people speak.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.nn.utils.rnn import pad_sequence

from reference_apps.rnnt.config import Config
from reference_apps.rnnt.front_end import FrontEnd
from reference_apps.rnnt.network import Rnnt, stacked
from reference_apps.rnnt.recordings import sentences

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

"""The tensors of the two halves of GNMT, as the ONNX files, the frozen graphs and the beam search
name them. n sentences; rows: translations that grow, as many for each sentence, side by side.
"""

from reference_apps.gnmt.network import LAYERS

CELLS = tuple(f"{part}{layer}" for layer in range(LAYERS) for part in "ch")  # float32 (., units)

ENCODER_INPUTS = (
    "source",  # int64 (n, longest): words, anything behind the end of a sentence
    "lengths",  # int64 (n): words of each, at least 1
)
ENCODER_OUTPUTS = (
    "values",  # float32 (n, longest, units)
    "keys",  # float32 (n, longest, units)
    *CELLS,
)
DECODER_INPUTS = (
    "words",  # int64 (rows): the last word of each translation
    "parents",  # int64 (rows): which row of context and cells it goes on from
    "values",
    "keys",
    "lengths",
    "context",  # float32 (., units): zeros before the first step
    *CELLS,
)
DECODER_OUTPUTS = (
    "log_probs",  # float32 (rows, CHOICES): of the most probable words, the best first
    "choices",  # int64 (rows, CHOICES): these words
    "end",  # float32 (rows): the log probability of </s>
    "next_context",  # float32 (rows, units)
    *(f"next_{name}" for name in CELLS),
)

BEAMS = 10  # translations of a sentence that grow side by side
CHOICES = BEAMS + 1  # </s> may be among them, and is judged apart

"""Sentences spoken by eSpeak NG, a speech synthesiser without recordings."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray
from scipy.signal import resample_poly

SENTENCES = (
    "Who left the gate open?",
    "The baker lights his oven long before the town wakes up.",
    "Seven geese walked slowly over the frozen pond.",
    "Please put the blue cup back on the shelf.",
    "Rain again.",
    "My grandmother's clock has not struck twelve since the war.",
    "We counted the stars until the fire went out.",
    "He sold the horse, and kept the saddle.",
    "Nobody on the ship could read the captain's map.",
    "It is colder here than I was told.",
    "She wrote three letters and sent none of them.",
    "The last train leaves at half past nine.",
    "Don't wait.",
    "A quiet answer is worth more than a loud one.",
    "Under the old bridge the water is deep and green.",
    "They planted an apple tree for every child.",
)
_VOICES = ("en-us+m1", "en-us+f2", "en-gb+m3", "en-gb+f4")
_WORDS_A_MINUTE = (175, 205, 190, 220)

# Of the C interface of eSpeak NG, speak_lib.h.
_SYNCHRONOUS = 2
_UTF8 = 1
_RATE = 1
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def spoken(sentences: Sequence[str], sample_rate: int) -> Iterator[NDArray[np.int16]]:
    """The waveform of each sentence, int16 (samples), one channel; voices and paces take turns.

    eSpeak NG has one state in a process: for one thread at a time. Raises ModuleNotFoundError
    without espeakng_loader, which brings it, RuntimeError where it does not start.
    """
    espeak, rate = _start()
    chunks: list[NDArray[np.int16]] = []

    def keep(samples: Any, count: int, events: int | None) -> int:
        del events
        if samples and count:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    callback = _Callback(keep)  # must live as long as eSpeak NG may call it
    espeak.espeak_SetSynthCallback(callback)
    try:
        for number, sentence in enumerate(sentences):
            chunks.clear()
            espeak.espeak_SetVoiceByName(_VOICES[number % len(_VOICES)].encode())
            pace = _WORDS_A_MINUTE[number // len(_VOICES) % len(_WORDS_A_MINUTE)]
            espeak.espeak_SetParameter(_RATE, pace, 0)
            text = sentence.encode()
            espeak.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
            espeak.espeak_Synchronize()
            yield _resampled(np.concatenate(chunks), rate, sample_rate)
    finally:
        espeak.espeak_Terminate()


def _start() -> tuple[ctypes.CDLL, int]:
    """The library and the sample rate that it speaks at, Hz."""
    loader = require("espeakng_loader")
    espeak = ctypes.CDLL(str(Path(loader.get_library_path())))
    espeak.espeak_Synth.argtypes = (
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint),
        *(ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
    )
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, str(loader.get_data_path()).encode(), 0)
    if rate <= 0:
        raise RuntimeError(f"eSpeak NG does not start: error {rate}")
    return espeak, rate


def _resampled(samples: NDArray[np.int16], rate: int, wanted: int) -> NDArray[np.int16]:
    heard = resample_poly(samples.astype(np.float64), wanted, rate)
    limits = np.iinfo(np.int16)
    found: NDArray[np.int16] = np.clip(np.rint(heard), limits.min, limits.max).astype(np.int16)
    return found

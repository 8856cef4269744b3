"""Tests reading LibriSpeech, its transcripts and rnnt.toml, and refusing what is invalid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from reference_apps.rnnt import convert
from reference_apps.rnnt.config import Config, Sizes, Sound, read_config
from reference_apps.rnnt.dataset import (
    MANIFEST,
    labels_to_text,
    normalize_transcript,
    read_librispeech,
)

ALPHABET = Config().labels
TEXTS = {"84-1-0000": "GO DO YOU SEE", "84-1-0001": "", "84-1-0002": "IT'S TOO LONG"}
SECONDS = {"84-1-0000": 0.1, "84-1-0001": 15.0, "84-1-0002": 15.01}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Makes a tree as in the archive: FLAC files, and a file of transcripts per chapter."""
    chapter = tmp_path / "LibriSpeech" / "dev-clean" / "84" / "1"
    chapter.mkdir(parents=True)
    random = np.random.default_rng(1)
    for name, seconds in SECONDS.items():
        samples = random.integers(-(2**15), 2**15, round(16_000 * seconds)).astype(np.int16)
        soundfile.write(chapter / f"{name}.flac", samples, 16_000)
    lines = [f"{name} {text}".rstrip() for name, text in TEXTS.items()]
    (chapter / "84-1.trans.txt").write_text("\n".join(lines) + "\n")
    return chapter.parents[1]


@pytest.fixture
def converted(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Returns the folder with the manifest."""
    arguments = {
        "--input_dir": archive,
        "--dest_dir": tmp_path / "dev-clean-wav",
        "--output_json": tmp_path / MANIFEST,
    }
    convert.main([str(word) for pair in arguments.items() for word in pair])
    assert capsys.readouterr().out == "3 recordings\n"
    return tmp_path


def change(folder: Path, edit: Callable[[list[Any]], object]) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    edit(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest))


class TestLibriSpeech:
    def test_the_tree_of_the_archive(self, archive: Path) -> None:
        data = read_librispeech(archive)
        assert [utterance.file.name for utterance in data.utterances] == [
            "84-1-0000.flac",
            "84-1-0001.flac",
        ]
        assert data.references(ALPHABET) == ["go do you see", ""]

    def test_conversion_loses_nothing(self, archive: Path, converted: Path) -> None:
        before, after = read_librispeech(archive), read_librispeech(converted)
        assert len(before) == len(after) == 2
        for index in range(2):
            assert after.utterances[index].file.suffix == ".wav"
            np.testing.assert_array_equal(before.waveform(index), after.waveform(index))
        assert after.references(ALPHABET) == before.references(ALPHABET)

    @pytest.mark.parametrize(("flags", "seconds"), [([], 0.2), (["--overwrite"], 0.1)])
    def test_existing_files_are_kept_unless_overwritten(
        self, archive: Path, converted: Path, flags: list[str], seconds: float
    ) -> None:
        """The manifest describes the files that are there."""
        wav = converted / "dev-clean-wav/84/1/84-1-0000.wav"
        soundfile.write(wav, np.ones(3200, np.int16), 16_000)
        convert.main([*self.arguments(archive, converted), *flags, "--parallel", "2"])
        first, *rest = json.loads((converted / MANIFEST).read_text())
        assert (first["original_duration"], len(rest)) == (seconds, 2)
        assert soundfile.info(wav).duration == seconds
        assert not list(converted.rglob("*.part"))

    def test_recordings_of_another_sample_rate_are_refused(
        self, archive: Path, converted: Path
    ) -> None:
        arguments = self.arguments(archive, converted)
        convert.main([*arguments, "--target_sr", "16000"])
        with pytest.raises(
            ValueError, match=r"84-1-0000\.flac has a sample rate of 16000 Hz, not 8"
        ):
            convert.main([*arguments, "--target_sr", "8000"])

    def arguments(self, archive: Path, folder: Path) -> list[str]:
        return [
            *("--input_dir", str(archive)),
            *("--dest_dir", str(folder / "dev-clean-wav")),
            *("--output_json", str(folder / MANIFEST)),
        ]

    def test_waveforms_are_fractions_of_32768(self, archive: Path) -> None:
        data = read_librispeech(archive)
        waveform = data.waveform(0)
        samples, _ = soundfile.read(data.utterances[0].file, dtype="int16")
        assert waveform.dtype == np.float32
        np.testing.assert_array_equal(waveform * 32768, samples)

    def test_the_manifest_has_the_official_fields(self, converted: Path) -> None:
        first, *_ = json.loads((converted / MANIFEST).read_text())
        assert first == {
            "files": [
                {
                    "channels": 1,
                    "sample_rate": 16000.0,
                    "bitrate": 16,
                    "duration": 0.1,
                    "num_samples": 1600,
                    "encoding": "Signed Integer PCM",
                    "silent": False,
                    "fname": "dev-clean-wav/84/1/84-1-0000.wav",
                    "speed": 1,
                }
            ],
            "original_duration": 0.1,
            "original_num_samples": 1600,
            "transcript": "go do you see",
        }

    def test_the_order_is_that_of_the_manifest(self, converted: Path) -> None:
        change(converted, list.reverse)
        names = [each.file.stem for each in read_librispeech(converted).utterances]
        assert names == ["84-1-0001", "84-1-0000"]

    @pytest.mark.parametrize(
        ("edit", "message"),
        [
            (
                lambda m: m[1].pop("transcript"),
                'entry 1 must have a field "transcript" of type str, not None',
            ),
            (
                lambda m: m[0].update(original_duration="1"),
                "entry 0 must have a field \"original_duration\" of type int or float, not '1'",
            ),
            (
                lambda m: m[0].update(files=[]),
                r'entry 0, files\[0\] must have a field "fname" of type str',
            ),
            (lambda m: m[0].pop("files"), 'entry 0 must have a field "files" of type list'),
            (
                lambda m: m[0]["files"][0].update(fname="../a.wav"),
                r"entry 0, fname: '\.\./a\.wav' is not in",
            ),
            (list.clear, r"dev-clean-wav\.json has no utterance of at most 15 s"),
        ],
    )
    def test_a_broken_manifest(
        self, converted: Path, edit: Callable[[Any], object], message: str
    ) -> None:
        change(converted, edit)
        with pytest.raises(ValueError, match=message):
            read_librispeech(converted)

    def test_a_file_that_is_not_a_manifest(self, converted: Path) -> None:
        (converted / MANIFEST).write_text("[")
        with pytest.raises(ValueError, match=r"dev-clean-wav\.json is not a JSON file"):
            read_librispeech(converted)
        (converted / MANIFEST).write_text("{}")
        with pytest.raises(ValueError, match=r"dev-clean-wav\.json must be a list of utterances"):
            read_librispeech(converted)

    def test_a_missing_recording(self, converted: Path) -> None:
        (converted / "dev-clean-wav/84/1/84-1-0000.wav").unlink()
        with pytest.raises(FileNotFoundError, match=r"no such file: .*84-1-0000\.wav"):
            read_librispeech(converted)

    @pytest.mark.parametrize(
        ("samples", "rate", "message"),
        [
            (np.zeros(1600), 8000, "has 1 channels at 8000 Hz; it must have one at 16000 Hz"),
            (np.zeros((1600, 2)), 16_000, "has 2 channels at 16000 Hz"),
            (np.zeros(480), 16_000, "has 480 samples; it must have at least 481"),
        ],
    )
    def test_a_recording_of_another_kind(
        self, archive: Path, samples: Any, rate: int, message: str
    ) -> None:
        soundfile.write(archive / "84" / "1" / "84-1-0000.flac", samples, rate)
        with pytest.raises(ValueError, match=rf"84-1-0000\.flac {message}"):
            read_librispeech(archive)

    def test_the_shortest_recording_is_taken(self, archive: Path) -> None:
        soundfile.write(archive / "84" / "1" / "84-1-0000.flac", np.zeros(481), 16_000)
        assert read_librispeech(archive).utterances[0].seconds == 481 / 16_000

    def test_a_file_that_is_not_a_recording(self, archive: Path) -> None:
        (archive / "84" / "1" / "84-1-0000.flac").write_text("no sound")
        with pytest.raises(ValueError, match=r"84-1-0000\.flac is not a sound file"):
            read_librispeech(archive)

    def test_a_folder_without_speech(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"has no utterance.*tree of the archive"):
            read_librispeech(tmp_path)
        with pytest.raises(ValueError, match=r"must have \*\.trans\.txt"):
            convert.convert(tmp_path, tmp_path / "wav", tmp_path / MANIFEST)


class TestTranscripts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("MISTER QUILTER IS THE APOSTLE", "mister quilter is the apostle"),
            (
                "It's the boys' \u201cbest\u201d  day\u2014isn't it? ",
                "it's the boys' best day isn't it",
            ),
            ("Mr. Smith & Dr. Brown + st. john", "mister smith and doctor brown plus saint john"),
            ("In 1,201 days", "in one thousand two hundred one days"),
            ("the 21st, 3.5 of 20", "the twenty first three point five of twenty"),
            ("na\u00efve \u00c5ngstr\u00f6m", "naive angstrom"),
            ("must, street.", "must street"),
            ("- ,", ""),
        ],
    )
    def test_normalized(self, text: str, expected: str) -> None:
        assert normalize_transcript(text, ALPHABET) == expected

    def test_labels(self) -> None:
        assert labels_to_text([9, 20, 27, 19, 0, 1], ALPHABET) == "it's a"
        with pytest.raises(IndexError):
            labels_to_text([28], ALPHABET)


class TestConfig:
    OFFICIAL = """
        [input_eval]
        normalize = "per_feature"
        sample_rate = 16000
        window_size = 0.02
        window_stride = 0.01
        window = "hann"
        features = 80
        n_fft = 512
        frame_splicing = 3
        dither = 0.00001
        feat_type = "logfbank"
        trim_silence = true
        pad_to = 0
        [rnnt]
        rnn_type = "lstm"
        encoder_n_hidden = 1024
        encoder_pre_rnn_layers = 2
        encoder_stack_time_factor = 2
        encoder_post_rnn_layers = 3
        pred_n_hidden = 320
        pred_rnn_layers = 2
        forget_gate_bias = 1.0
        joint_n_hidden = 512
        dropout = 0.32
        [labels]
        labels = [" ", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o",
          "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "'"]
    """

    def test_the_official_one(self, tmp_path: Path) -> None:
        (tmp_path / "rnnt.toml").write_text(self.OFFICIAL)
        assert read_config(tmp_path / "rnnt.toml") == Config()
        assert (Sound().window, Sound().hop, Sound().inputs, len(ALPHABET)) == (320, 160, 240, 28)

    def test_other_sizes(self, tmp_path: Path) -> None:
        text = self.OFFICIAL.replace("pred_n_hidden = 320", "pred_n_hidden = 64")
        (tmp_path / "rnnt.toml").write_text(text)
        assert read_config(tmp_path / "rnnt.toml").sizes == Sizes(pred_n_hidden=64)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("[rnnt]", "[other]", r"table \[rnnt\] is missing"),
            ('"hann"', '"hamming"', r"\[input_eval\] window: must be 'hann', not 'hamming'"),
            ('"lstm"', '"gru"', r"\[rnnt\] rnn_type: must be 'lstm', not 'gru'"),
            ("= 320", "= 0", r"\[rnnt\] pred_n_hidden: must be a whole .* at least 1, not 0"),
            ("= 320", "= 3.5", r"\[rnnt\] pred_n_hidden: must be a whole .*, not 3\.5"),
            (
                "= 0.02",
                "= '20 ms'",
                r"\[input_eval\] window_size: must be a number .*, not '20 ms'",
            ),
            ('"b"', '"bb"', r"\[labels\] labels: must be a list of single characters"),
            ('"b"', '"a"', r"\[labels\] labels: must have each character once"),
            ("[rnnt]", "[rnnt", r"is not a TOML file"),
        ],
    )
    def test_what_is_refused(self, tmp_path: Path, old: str, new: str, message: str) -> None:
        (tmp_path / "rnnt.toml").write_text(self.OFFICIAL.replace(old, new))
        with pytest.raises(ValueError, match=rf"rnnt\.toml.*{message}"):
            read_config(tmp_path / "rnnt.toml")

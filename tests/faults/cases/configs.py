"""Settings that no test can run with, and config files with mistakes."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
from faults.bench import Bench, complete, raises
from faults.registry import ANY, CLEAN, NAMES, REFUSED, RUN, SCENARIOS, fault

NAN, INF = float("nan"), float("inf")
SCENARIO_OF = {
    "single_stream": "SingleStream",
    "multi_stream": "MultiStream",
    "server": "Server",
    "offline": "Offline",
}


def scenarios_of(field: str) -> tuple[str, ...]:
    for prefix, scenario in SCENARIO_OF.items():
        if field.startswith(prefix):
            return (scenario,)
    return SCENARIOS


BAD: list[tuple[str, list[Any]]] = [
    ("single_stream_expected_latency_ns", [0, NAN]),
    ("single_stream_target_latency_percentile", [0.0, 1.0, -1.0, 90.0, NAN]),
    ("multi_stream_expected_latency_ns", [0]),
    ("multi_stream_target_latency_percentile", [0.0, 1.0, 99.0, NAN]),
    ("multi_stream_samples_per_query", [0]),
    ("server_target_qps", [0.0, -1.0, NAN, INF]),
    ("server_target_latency_percentile", [0.0, 1.0, NAN]),
    ("offline_expected_qps", [0.0, -5.0, NAN, INF, -INF]),
    ("accuracy_log_probability", [-0.1, 1.5, NAN]),
]
for field, values in BAD:
    for value in values:

        def bad(bench: Bench, field: str = field, value: Any = value) -> str | None:
            try:
                settings = bench.settings(**{field: value})
            except TypeError as error:
                return f"TypeError: {error} ({field})"
            touched: list[object] = []
            bench.run(settings=settings, load=touched.append, issue=lambda: touched.append(0))
            return bench.outcome + ("; but callbacks were called" if touched else "")

        fault(
            f"{field} = {value}",
            sees=rf"{field}(?!.*but callbacks)",
            ends=REFUSED,
            scenarios=scenarios_of(field),
        )(bad)

for field in ("min_query_count", "max_duration_ms", "multi_stream_samples_per_query"):
    for value in (-1, 2**64, 1.5, "7", None):

        def untypical(bench: Bench, field: str = field, value: Any = value) -> str:
            if bench.face == "run":
                return raises(
                    lambda: lg.run(
                        lambda s: None, range(9), scenario=bench.scenario, **{field: value}
                    )
                )
            return raises(lambda: setattr(lg.TestSettings(), field, value))

        fault(
            f"{field} = {value!r}",
            sees="^(TypeError|SettingsError|OverflowError|ValueError): ",
            ends=REFUSED,
            scenarios=("Offline",),
            ways=(NAMES, RUN),
        )(untypical)


@fault("same and unique together", sees="^SettingsError: performance_issue_same", ends=REFUSED)
def same_and_unique(bench: Bench) -> None:
    bench.run(performance_issue_same=True, performance_issue_unique=True)


@fault(
    "an index for issue_same beyond the library",
    sees="^SettingsError: performance_issue_same_index",
    ends=REFUSED,
)
def same_index(bench: Bench) -> None:
    bench.run(performance_issue_same=True, performance_issue_same_index=32)


@fault("nothing to run: 0 queries in 0 ms", sees="^SettingsError: min_query_count", ends=REFUSED)
def nothing_to_run(bench: Bench) -> None:
    bench.run(min_query_count=0, min_duration_ms=0)


@fault(
    "a find-peak run where there is none",
    sees="^SettingsError: scenario",
    ends=REFUSED,
    scenarios=("SingleStream", "MultiStream", "Offline"),
)
def find_peak(bench: Bench) -> None:
    bench.run(mode="FindPeakPerformance")


@fault("several bad values are named together", sees="all three", ends=REFUSED)
def together(bench: Bench) -> str:
    bench.run(
        performance_issue_same=True,
        performance_issue_unique=True,
        accuracy_log_probability=NAN,
        min_query_count=0,
    )
    names = ("performance_issue_same", "accuracy_log_probability", "min_query_count")
    return bench.outcome + " (all three)" * all(name in bench.outcome for name in names)


@fault("more queries than memory holds", sees="^(SettingsError|MemoryError): ", ends=ANY)
def too_many(bench: Bench) -> None:
    bench.run(min_query_count=2**62)


for size in (0, -1, 2**63, 2**64, None, "7", 1.5):

    def library(bench: Bench, size: Any = size) -> None:
        bench.run(library_size=size)

    fault(
        f"a library of {size!r} samples",
        ends=ANY if size == 2**63 else REFUSED,
        sees="^(SettingsError|TypeError|ValueError|OverflowError|MemoryError): ",
    )(library)


@fault("a library whose length lies: longer than it is", sees="^IndexError", scenarios=SCENARIOS)
def lies(bench: Bench) -> None:
    samples = list(range(5))
    bench.run(load=lambda indices: [samples[i] for i in indices])


@fault(
    "a library whose length raises",
    sees="^OSError: the data set is gone",
    ends=REFUSED,
    ways=(RUN,),
)
def length_raises(bench: Bench) -> str:
    class Library:
        def __len__(self) -> int:
            raise OSError("the data set is gone")

    return raises(lambda: lg.run(lambda s: s.complete(), Library(), scenario=bench.scenario))


@fault(
    "a library without length",
    sees="^SettingsError: library: .*has no length",
    ends=REFUSED,
    ways=(RUN,),
)
def no_length(bench: Bench) -> str:
    return raises(lambda: lg.run(lambda s: s.complete(), object(), scenario=bench.scenario))  # type: ignore[arg-type]


@fault(
    "performance count above the total count",
    sees="VALID, no errors|SettingsError",
    ends=CLEAN,
    ways=(NAMES,),
)
def more_than_all(bench: Bench) -> None:
    bench.run(complete, performance_sample_count_override=10**6)


@fault("a misspelt setting", sees="did you mean server_target_qps", ends=REFUSED, ways=(RUN,))
def misspelt(bench: Bench) -> str:
    return raises(lambda: lg.run(lambda s: s.complete(), range(9), server_taget_qps=5))


@fault(
    "a misspelt scenario",
    sees="^SettingsError: scenario: 'Offlin' given; allowed are",
    ends=REFUSED,
    ways=(RUN,),
)
def misspelt_scenario(bench: Bench) -> str:
    return raises(lambda: lg.run(lambda s: s.complete(), range(9), scenario="Offlin"))


def config(
    bench: Bench, content: bytes | None, scenario: str | None = None, path: str = "user.conf"
) -> str:
    """What FromConfig raises, or else warns of; or else what the test with it raises."""
    if content is not None:
        Path(path).write_bytes(content)
    settings = bench.settings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        said = raises(lambda: settings.FromConfig(path, "resnet50", scenario or bench.scenario, 1))
    if not said.startswith("nothing"):
        return said
    return str(caught[0].message) if caught else bench.run(settings=settings)


CONFIGS: list[tuple[str, bytes, str]] = [
    ("no number", b"*.*.min_query_count = many\n", "^SettingsError: user.conf: .*line=1"),
    ("an empty value", b"*.*.min_query_count =\n", "user.conf: .*no value.*line=1"),
    ("no equals sign", b"\n*.*.min_query_count 5\n", "^SettingsError: user.conf: .*line=2"),
    (
        "a number that overflows",
        b"*.*.min_query_count = 99999999999999999999999\n",
        "^SettingsError: user.conf: .*line=1",
    ),
    ("a negative count", b"*.*.min_query_count = -4\n", "user.conf: .*-4.*line=1"),
    ("a fraction as count", b"*.*.min_query_count = 1.5\n", r"user.conf: .*1\.5.*line=1"),
    (
        "a duration that overflows in ns",
        b"*.*.min_duration = 18446744073709551615\n",
        "^SettingsError: (user.conf: .*line=1|min_duration)",
    ),
    ("nan", b"*.*.target_qps = nan\n", "^SettingsError: user.conf: .*line=1"),
    ("a NUL", b"*.*.min_query_count = 5\0\n", "^SettingsError: user.conf: .*line=1"),
    (
        "two keys in a line",
        b"*.*.min_query_count = 5 *.*.min_duration = 7\n",
        "^SettingsError: user.conf: .*line=1",
    ),
]
for name, content, sees in CONFIGS:

    def bad_config(bench: Bench, content: bytes = content) -> str:
        return config(bench, content)

    fault(f"a config with {name}", sees=sees, ends=REFUSED, scenarios=("Server",), ways=(NAMES,))(
        bad_config
    )


@fault(
    "a config with an unknown key",
    sees="min_quary_count.*min_query_count.*line=1",
    ends=REFUSED,
    ways=(NAMES,),
)
def unknown_key(bench: Bench) -> str:
    return config(bench, b"*.*.min_quary_count = 5\n")


@fault(
    "a config for an unknown scenario",
    sees="unknown scenario .NoStream.",
    ends=REFUSED,
    ways=(NAMES,),
)
def unknown_scenario(bench: Bench) -> str:
    return config(bench, b"", "NoStream")


@fault(
    "a config that is missing", sees="^SettingsError: .*missing.conf", ends=REFUSED, ways=(NAMES,)
)
def missing(bench: Bench) -> str:
    return config(bench, None, path="missing.conf")


@fault(
    "a config that is a folder", sees="^SettingsError: .*folder.conf", ends=REFUSED, ways=(NAMES,)
)
def folder(bench: Bench) -> str:
    Path("folder.conf").mkdir()
    return config(bench, None, path="folder.conf")


@fault(
    "a config of 1 MB of random bytes",
    sees="^SettingsError: .*user.conf: .*line=1",
    ends=REFUSED,
    ways=(NAMES,),
)
def binary(bench: Bench) -> str:
    return config(bench, os.urandom(1_000_000).replace(b"\n", b"") + b"\nx")


@fault(
    "a config that is a line of 10 MB",
    sees="user.conf: .*no value.*line=1",
    ends=REFUSED,
    ways=(NAMES,),
)
def long_line(bench: Bench) -> str:
    return config(bench, b"*" * 10_000_000)


@fault("the path of a config is not text", sees="^TypeError", ends=REFUSED, ways=(NAMES,))
def no_path(bench: Bench) -> str:
    return raises(lambda: bench.settings().FromConfig(7, "resnet50", bench.scenario, 1))  # type: ignore[arg-type]


@fault(
    "an audit.config with a bad value",
    sees="^SettingsError: .*audit.config: .*line=1",
    ends=REFUSED,
    ways=(NAMES,),
)
def audit(bench: Bench) -> None:
    Path("audit.config").write_text("*.*.min_query_count = many\n")
    bench.run()
    Path("audit.config").unlink()


@fault(
    "an audit.config that is a FIFO",
    sees="^SettingsError: audit.config: .*it is a named pipe, not a regular file",
    ends=REFUSED,
)
def audit_pipe(bench: Bench) -> None:
    os.mkfifo("audit.config")
    try:
        bench.run()
    finally:
        Path("audit.config").unlink()


@fault(
    "a config that is a FIFO",
    sees="^SettingsError: .*it is a named pipe, not a regular file",
    ends=REFUSED,
    ways=(NAMES,),
    limit_s=3,
)
def config_pipe(bench: Bench) -> str:
    os.mkfifo("pipe.conf")
    return raises(lambda: bench.settings().FromConfig("pipe.conf", "m", bench.scenario, 1))


@fault(
    "an audit_config that is missing",
    sees="^SettingsError: audit_config: no such file: ",
    ends=REFUSED,
    ways=(RUN,),
)
def no_audit(bench: Bench) -> str:
    return raises(lambda: lg.run(lambda s: s.complete(), range(9), audit_config="missing"))

"""What :func:`run` chooses where nobody said it: from a short look at how fast the SUT is."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection
from typing import TypeAlias

from mlperf_loadgen import _core
from mlperf_loadgen._core import Report, TestSettings
from mlperf_loadgen.units import duration, quantity

__all__ = ["Chooser", "chooser"]

Preliminary: TypeAlias = Callable[[TestSettings], Report]
Chooser: TypeAlias = Callable[[TestSettings, Preliminary], TestSettings]

_LOOK_S = 0.25  # a series of at least this length says how fast the SUT is
_LEAST_GROWTH = 4  # from one series to the next
_MOST_GROWTH = 64
_MOST_QUERIES = 1 << 18  # of a look: 70 million queries a second are beyond any SUT
_DUE_AT_ONCE_QPS = 1e9

_SERVER_LOAD = 0.5  # of what the SUT can do: what is left keeps latencies short
_ROOMY_LATENCY = 10  # a limit that nobody gave is raised to so many times what a query takes
_OFFLINE_MARGIN = 1.5  # a SUT that turns out to be faster than it looked is not done too soon
_OFFLINE_MOST_SAMPLES = 1 << 22  # a SUT may make copies of all of them
_OFFLINE_MOST_SAMPLES_IF_SAID = 1 << 26  # where a duration was said that would take more
_LONGER = 2  # than min_duration_ms a test may get, so that its percentile can be shown

# Percentiles, and how many queries may be over the limit with which they are to be shown. The last
# is taken where none can be.
_CLOSED_LOOP_PERCENTILES = ((0.99, 1), (0.97, 1), (0.95, 1), (0.9, 1), (0.5, 1))
_SERVER_PERCENTILES = ((0.99, 1), (0.97, 1), (0.95, 1), (0.9, 1), (0.5, 0))

_PREFIXES = {"SingleStream": "single_stream", "MultiStream": "multi_stream", "Server": "server"}
_RATES = {
    "SingleStream": "single_stream_expected_latency_ns",
    "MultiStream": "multi_stream_expected_latency_ns",
    "Server": "server_target_qps",
    "Offline": "offline_expected_qps",
}


def chooser(settings: TestSettings, said: Collection[str], notes: list[str]) -> Chooser | None:
    """Return what chooses the settings that are not among those ``said``, or None.

    It adds to ``notes`` a sentence on what it chose, and why.
    """
    scenario = settings.scenario.name
    if settings.mode.name == "AccuracyOnly" or scenario not in _RATES:
        return None
    look = {"Server": _server, "Offline": _offline}.get(scenario, _closed_loop)
    if scenario in ("Server", "Offline"):
        needed = _RATES[scenario] not in said
    else:
        needed = not {"min_query_count", _percentile(scenario)} & set(said)
    if scenario != "Server":
        needed = needed and settings.min_duration_ms > 0
    if not needed:
        return None

    def choose(requested: TestSettings, preliminary: Preliminary) -> TestSettings:
        chosen = copy.copy(requested)
        notes.append(look(chosen, said, preliminary))
        return chosen

    return choose


def _percentile(scenario: str) -> str:
    return f"{_PREFIXES[scenario]}_target_latency_percentile"


def _closed_loop(settings: TestSettings, said: Collection[str], preliminary: Preliminary) -> str:
    scenario = settings.scenario.name
    report = _look(settings, preliminary)
    latency_ns = max(report.query_latency_ns.p50, 1)
    if _RATES[scenario] not in said:
        setattr(settings, _RATES[scenario], latency_ns)
    seen = f"a query took {duration(latency_ns * 1e-9)} in a short series before the test"
    return seen + _choose_query_count(settings, 1e9 / latency_ns, _CLOSED_LOOP_PERCENTILES)


def _server(settings: TestSettings, said: Collection[str], preliminary: Preliminary) -> str:
    report = _look(settings, preliminary)
    capacity_qps = report.query_count / report.duration_seconds
    query_ns = max(report.latency_ns.min, 1)
    seen = f"about {quantity(capacity_qps)} queries/s were done in a short series before the test"
    limit = ""
    if "server_target_latency_ns" not in said and not settings.use_token_latencies:
        roomy_ns = _rounded_up(_ROOMY_LATENCY * max(query_ns, 1e9 / capacity_qps))
        if roomy_ns > settings.server_target_latency_ns:
            settings.server_target_latency_ns = roomy_ns
            limit = f", target_latency_ns={roomy_ns}"
    qps = capacity_qps * _load(settings.server_target_latency_ns, query_ns, 1e9 / capacity_qps)
    settings.server_target_qps = _rounded(qps)
    seen += f"; so target_qps={settings.server_target_qps:g}{limit}"
    if {"min_query_count", _percentile("Server")} & set(said):
        return seen + "."
    return seen + _choose_query_count(settings, qps, _SERVER_PERCENTILES)


def _load(limit_ns: float, query_ns: float, service_ns: float) -> float:
    """The share of its capacity at which a SUT keeps the limit, with room.

    With arrivals at random at a share x of the capacity, the 99th percentile of the time in the
    queue is about ln(100) / 2 * x / (1 - x) service times. Two thirds of the limit are used.
    """
    spare = (limit_ns / 1.5 - query_ns) / service_ns
    odds = max(spare, 0.0) * 2 / math.log(100)
    return max(min(_SERVER_LOAD, odds / (1 + odds)), 0.1)


def _offline(settings: TestSettings, said: Collection[str], preliminary: Preliminary) -> str:
    report = _look(settings, preliminary)
    rate = report.samples_per_second
    settings.offline_expected_qps = _rounded(_OFFLINE_MARGIN * rate)
    if "min_query_count" not in said:
        settings.min_query_count = 1
    seen = f"about {quantity(rate)} samples/s were done in a short series before the test"
    seconds = settings.min_duration_ms / 1000
    if "min_duration_ms" in said:
        most_qps = _OFFLINE_MOST_SAMPLES_IF_SAID / seconds
        if settings.offline_expected_qps > most_qps:
            settings.offline_expected_qps = most_qps
            return f"{seen}: more samples in one query only if you say target_qps."
    elif settings.offline_expected_qps * seconds > _OFFLINE_MOST_SAMPLES:
        shorter_ms = int(1000 * _OFFLINE_MOST_SAMPLES / settings.offline_expected_qps)
        settings.min_duration_ms = max(shorter_ms, 1)
        most_qps = _OFFLINE_MOST_SAMPLES * 1000 / settings.min_duration_ms
        settings.offline_expected_qps = min(settings.offline_expected_qps, most_qps)
        return (
            f"{seen}; so target_qps={settings.offline_expected_qps:g} and "
            f"min_duration_ms={settings.min_duration_ms}: more samples in one query only if you "
            "say min_duration_ms."
        )
    return f"{seen}; so target_qps={settings.offline_expected_qps:g}."


def _choose_query_count(
    settings: TestSettings, qps: float, percentiles: tuple[tuple[float, int], ...]
) -> str:
    """Choose the highest percentile, up to the one that is set, that can be shown in time."""
    name = _percentile(settings.scenario.name)
    wanted = getattr(settings, name)
    seconds = (settings.min_duration_ms or TestSettings().min_duration_ms) / 1000
    for percentile, over in percentiles:
        needed = _core.queries_needed(percentile, over)
        if percentile <= wanted and needed <= _LONGER * seconds * qps:
            break
    settings.min_query_count = needed
    setattr(settings, name, percentile)
    if percentile == wanted:
        return f"; {needed} queries show p{100 * percentile:g}."
    wanted_count = _core.queries_needed(wanted, 1)
    return (
        f"; p{100 * percentile:g} instead of p{100 * wanted:g}, which takes {wanted_count} queries "
        f"and so {duration(wanted_count / qps)}: say target_latency_percentile={wanted:g} for that."
    )


def _look(settings: TestSettings, preliminary: Preliminary) -> Report:
    """Run a query as a warm-up, then longer and longer series until one is long enough."""
    count = 1
    spent_s = preliminary(_short(settings, count)).duration_seconds
    while True:
        report = preliminary(_short(settings, count))
        seconds = max(report.duration_seconds, 1e-9)
        spent_s += seconds
        if seconds >= _LOOK_S or spent_s >= 4 * _LOOK_S or count >= _MOST_QUERIES:
            return report
        # Most of the way, as far as one can tell.
        growth = max(_LEAST_GROWTH, min(_MOST_GROWTH, 1.2 * _LOOK_S / seconds))
        count = min(_MOST_QUERIES, int(growth * count))


def _short(settings: TestSettings, count: int) -> TestSettings:
    """Of so many queries, which Server issues at once; in Offline of so many samples."""
    short = copy.copy(settings)
    short.mode = _core.TestMode.PerformanceOnly
    short.min_query_count = count
    short.min_duration_ms = short.max_duration_ms = short.max_query_count = 0
    short.draw_queries_as_needed = False
    short.server_target_qps = _DUE_AT_ONCE_QPS
    short.server_max_async_queries = 0
    short.accuracy_log_probability = 0
    short.accuracy_log_sampling_target = 0
    return short


def _rounded(value: float) -> float:
    """To two significant digits, downwards."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / unit) * unit


def _rounded_up(value: float) -> int:
    """To two significant digits, upwards."""
    unit: int = 10 ** max(math.floor(math.log10(value)) - 1, 0)
    return math.ceil(value / unit) * unit

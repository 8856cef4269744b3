"""Chooses the settings that :func:`run` was not given, by trying the SUT briefly."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection
from typing import TypeAlias

from mlperf_loadgen import _core
from mlperf_loadgen._core import Report, TestSettings, scenario_traits
from mlperf_loadgen.units import duration, quantity

__all__ = ["Chooser", "chooser"]

Preliminary: TypeAlias = Callable[[TestSettings], Report]
Chooser: TypeAlias = Callable[[TestSettings, Preliminary], TestSettings]

_PROBE_S = 0.25  # a series of at least this length shows how fast the SUT is
_MIN_GROWTH = 4  # from one series to the next
_MAX_GROWTH = 64
_MAX_QUERIES = 1 << 18  # of a probe: 70 million queries a second are beyond any SUT
_DUE_AT_ONCE_QPS = 1e9

_SERVER_LOAD = 0.5  # of the SUT's capacity: the rest keeps latencies short
_AMPLE_LATENCY = 10  # times what a query takes: the limit of a slow SUT, if none was given
_OFFLINE_MARGIN = 1.5  # so that a SUT that is faster than it was in the probe runs long enough
_OFFLINE_MAX_SAMPLES = 1 << 22  # a SUT may copy all of them
_OFFLINE_MAX_SAMPLES_IF_TIMED = 1 << 26  # if a duration was given that takes more
_LONGER = 2  # times min_duration_ms a test may take to show its percentile

# Percentiles to show, and how many queries may then exceed the limit. The last is used if none can
# be shown in time.
_CLOSED_LOOP_PERCENTILES = ((0.99, 1), (0.97, 1), (0.95, 1), (0.9, 1), (0.5, 1))
_SERVER_PERCENTILES = ((0.99, 1), (0.97, 1), (0.95, 1), (0.9, 1), (0.5, 0))


def chooser(settings: TestSettings, given: Collection[str], notes: list[str]) -> Chooser | None:
    """Return a function that chooses the settings not ``given``, or None if all were.

    The function adds to ``notes`` what it chose, and why.
    """
    traits = scenario_traits(settings.scenario)
    if settings.mode.name == "AccuracyOnly":
        return None
    if traits.closed_loop:
        choose_for = _closed_loop
        needed = not {"min_query_count", _percentile(settings)} & set(given)
    elif traits.poisson or traits.one_query:
        choose_for = _server if traits.poisson else _offline
        needed = traits.short_forms["target_qps"] not in given
    else:
        return None
    if not traits.poisson:
        needed = needed and settings.min_duration_ms > 0
    if not needed:
        return None

    def choose(requested: TestSettings, preliminary: Preliminary) -> TestSettings:
        chosen = copy.copy(requested)
        notes.append(choose_for(chosen, given, preliminary))
        return chosen

    return choose


def _percentile(settings: TestSettings) -> str:
    return scenario_traits(settings.scenario).short_forms["target_latency_percentile"]


def _closed_loop(settings: TestSettings, given: Collection[str], preliminary: Preliminary) -> str:
    expected_latency = scenario_traits(settings.scenario).short_forms["expected_latency_ns"]
    report = _probe(settings, preliminary)
    latency_ns = max(report.query_latency_ns.p50, 1)
    if expected_latency not in given:
        setattr(settings, expected_latency, latency_ns)
    seen = f"a query took {duration(latency_ns * 1e-9)} in a short series before the test"
    return seen + _choose_query_count(settings, 1e9 / latency_ns, _CLOSED_LOOP_PERCENTILES)


def _server(settings: TestSettings, given: Collection[str], preliminary: Preliminary) -> str:
    report = _probe(settings, preliminary)
    capacity_qps = report.query_count / report.duration_seconds
    query_ns = max(report.latency_ns.min, 1)
    seen = f"about {quantity(capacity_qps)} queries/s were done in a short series before the test"
    limit = ""
    if "server_target_latency_ns" not in given and not settings.use_token_latencies:
        ample_ns = _rounded_up(_AMPLE_LATENCY * max(query_ns, 1e9 / capacity_qps))
        if ample_ns > settings.server_target_latency_ns:
            settings.server_target_latency_ns = ample_ns
            limit = f", target_latency_ns={ample_ns}"
    qps = capacity_qps * _load(settings.server_target_latency_ns, query_ns, 1e9 / capacity_qps)
    settings.server_target_qps = _rounded(qps)
    seen += f"; so target_qps={settings.server_target_qps:g}{limit}"
    if {"min_query_count", _percentile(settings)} & set(given):
        return seen + "."
    return seen + _choose_query_count(settings, qps, _SERVER_PERCENTILES)


def _load(limit_ns: float, query_ns: float, service_ns: float) -> float:
    """Return the share of its capacity at which a SUT keeps the limit with a margin.

    With random arrivals at a share x of the capacity, the 99th percentile of the time in the
    queue is about ln(100) / 2 * x / (1 - x) service times. Two thirds of the limit are used.
    """
    spare = (limit_ns / 1.5 - query_ns) / service_ns
    odds = max(spare, 0.0) * 2 / math.log(100)
    return max(min(_SERVER_LOAD, odds / (1 + odds)), 0.1)


def _offline(settings: TestSettings, given: Collection[str], preliminary: Preliminary) -> str:
    report = _probe(settings, preliminary)
    rate = report.samples_per_second
    settings.offline_expected_qps = _rounded(_OFFLINE_MARGIN * rate)
    if "min_query_count" not in given:
        settings.min_query_count = 1
    seen = f"about {quantity(rate)} samples/s were done in a short series before the test"
    seconds = settings.min_duration_ms / 1000
    if "min_duration_ms" in given:
        most_qps = _OFFLINE_MAX_SAMPLES_IF_TIMED / seconds
        if settings.offline_expected_qps > most_qps:
            settings.offline_expected_qps = most_qps
            return f"{seen}: more samples in one query only if you say target_qps."
    elif settings.offline_expected_qps * seconds > _OFFLINE_MAX_SAMPLES:
        shorter_ms = int(1000 * _OFFLINE_MAX_SAMPLES / settings.offline_expected_qps)
        settings.min_duration_ms = max(shorter_ms, 1)
        most_qps = _OFFLINE_MAX_SAMPLES * 1000 / settings.min_duration_ms
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
    name = _percentile(settings)
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


def _probe(settings: TestSettings, preliminary: Preliminary) -> Report:
    """Run a query as a warm-up, then longer and longer series until one is long enough."""
    count = 1
    spent_s = preliminary(_short(settings, count)).duration_seconds
    while True:
        report = preliminary(_short(settings, count))
        seconds = max(report.duration_seconds, 1e-9)
        spent_s += seconds
        if seconds >= _PROBE_S or spent_s >= 4 * _PROBE_S or count >= _MAX_QUERIES:
            return report
        # Aims a little beyond the length that is needed.
        growth = max(_MIN_GROWTH, min(_MAX_GROWTH, 1.2 * _PROBE_S / seconds))
        count = min(_MAX_QUERIES, int(growth * count))


def _short(settings: TestSettings, count: int) -> TestSettings:
    """Return settings for ``count`` queries, in Offline samples, which Server issues at once."""
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
    """Round down to two significant digits."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / unit) * unit


def _rounded_up(value: float) -> int:
    """Round up to two significant digits."""
    unit: int = 10 ** max(math.floor(math.log10(value)) - 1, 0)
    return math.ceil(value / unit) * unit

"""Says how long a run will take before it begins."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping
from typing import Any

from mlperf_loadgen import TestSettings
from mlperf_loadgen.harness.arguments import mode_of
from mlperf_loadgen.harness.run_settings import config_fields

_LONG_S = 30.0  # shorter runs are not announced
_CONFIDENCE = 0.99  # of early stopping


def expected_length(
    args: argparse.Namespace, model: str, fields: Mapping[str, Any], rate: float | None
) -> Iterator[str]:
    """Yields sentences on a performance run that takes long, or that is too short to be valid.

    fields: as run_fields. rate: samples/s of the system, if it was measured.
    """
    if mode_of(args) != "PerformanceOnly" or args.scenario == "Offline":
        return
    settings = _settings(args, model, fields)
    rate_per_query = _queries_per_second(args.scenario, settings, rate)
    if rate_per_query is None:
        return
    if args.time is None:
        queries = settings.min_query_count
        seconds = max(settings.min_duration_ms / 1e3, queries / rate_per_query)
        if seconds > _LONG_S:
            yield (
                f"This needs {max(queries, round(seconds * rate_per_query)):,} queries: some "
                f"{_spoken(seconds)}. --time 10 stops earlier."
            )
    elif args.scenario == "Server":
        least = least_queries(settings.server_target_latency_percentile)
        if args.time * rate_per_query < least:
            yield (
                f"--time {args.time:g} is too short to be valid: {rate_per_query:.3g} queries come "
                f"in a second, and it takes {least}: --time {math.ceil(least / rate_per_query)}."
            )


def _settings(args: argparse.Namespace, model: str, fields: Mapping[str, Any]) -> TestSettings:
    """Returns the settings of the run."""
    config = config_fields(args, model)
    settings: TestSettings = config.get("settings") or TestSettings()
    if "rules" in config:
        settings.rules = config["rules"]
    if "user_conf" in config:
        settings.FromConfig(str(config["user_conf"]), model, args.scenario)
    elif "settings" not in config:
        settings.FromConfig("", model, args.scenario, conf_type=0)
    for name, value in fields.items():
        if hasattr(settings, name) and name not in ("scenario", "mode"):
            setattr(settings, name, value)
    return settings


def _queries_per_second(scenario: str, settings: TestSettings, rate: float | None) -> float | None:
    if scenario == "Server":
        return settings.server_target_qps
    if rate is None:
        return None
    return rate / (settings.multi_stream_samples_per_query if scenario == "MultiStream" else 1)


def least_queries(percentile: float) -> int:
    """Returns how many queries early stopping needs when none is too late."""
    return math.ceil(math.log(1 - _CONFIDENCE) / math.log(percentile))


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"

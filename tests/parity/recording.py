"""Turns a traced run of the peer into the measurements that our formulas take.

The trace holds every sample's latency and first-token latency, and when its query was due and
issued. It lacks the very moment from which a run counts, but brackets it; within the bracket, the
rates that the peer printed say where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from parity.pair import Case, Outcome

TOKEN_SETTINGS = {  # name among the measurements: name in TestSettings, default
    "use_token_latencies": ("use_token_latencies", 0),
    "ttft_latency_ns": ("ttft_latency", 100000000),
    "tpot_latency_ns": ("tpot_latency", 100000000),
    "infer_token_latencies": ("infer_token_latencies", 0),
    "token_latency_scaling_factor": ("token_latency_scaling_factor", 0),
}


def result_lines(outcome: Outcome) -> list[str]:
    """The results in the detail log, as "key value"; all entries after them are results, too."""
    keys = [entry[0] for entry in outcome["entries"]]
    found = outcome["entries"][keys.index("result_validity") :]
    return [f"{key} {value}" for key, value, kind in found if kind != "W"]


def measurements(case: Case, outcome: Outcome) -> str:
    """Lines "name = value", as tests/cpp/recorded_case.h reads them."""
    trace = Trace(outcome["trace"])
    entries = outcome["entries"]
    effective = {e[0][10:]: e[1].strip('"') for e in entries if e[0].startswith("effective_")}
    settings = case["settings"]
    last = max(trace.due)
    start = trace.start(settings["scenario"], outcome)
    lines: dict[str, Any] = {}
    for name, text in effective.items():
        if name != "target_duration_ms":
            name = "mode" if name == "test_mode" else name
            lines[name] = {"true": 1, "false": 0}.get(text, text)
    for name, (setting, default) in TOKEN_SETTINGS.items():
        lines[name] = int(settings.get(setting, default))
    lines["error_count"] = sum(e[2] == "E" for e in entries)
    lines["warning_count"] = sum(e[2] == "W" for e in entries)
    lines["queries_issued"] = len(trace.due)
    lines["final_scheduled_ns"] = trace.due[last] - start
    lines["final_issued_ns"] = trace.due[last] + trace.issued[last] - start
    lines["final_all_done_ns"] = trace.due[last] + trace.done[last] - start
    lines["last_completion_ns"] = max(trace.due[q] + trace.done[q] for q in trace.due) - start
    samples = [trace.samples[i] for i in range(len(trace.samples))]
    lines["sample_latency_ns"] = numbers(latency for _, latency in samples)
    if settings["scenario"] == "MultiStream" and int(effective["samples_per_query"]) > 1:
        lines["query_latency_ns"] = numbers(trace.done[q] for q in sorted(trace.due))
    if settings.get("use_token_latencies"):
        lines["ttft_ns"] = numbers(
            trace.first_token.get(("sample", i), trace.first_token.get(("due", trace.due[q]), 0))
            for i, (q, _) in enumerate(samples)
        )
        lines["n_tokens"] = numbers(outcome["counts"])
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def numbers(list_of: Iterable[int]) -> str:
    return " ".join(map(str, list_of))


class Trace:
    """What the trace says; times in ns."""

    def __init__(self, text: str) -> None:
        self.samples: dict[int, tuple[int, int]] = {}  # by number: query, latency
        self.due: dict[int, int] = {}  # by query, as are:
        self.issued: dict[int, int] = {}  # after it was due
        self.done: dict[int, int] = {}  # its last sample, after it was due
        self.first_token: dict[tuple[str, int], int] = {}  # by sample, or by when it was due
        self.earliest_start = self.latest_start = -1
        for line in text.splitlines():
            named = re.match(r'{"name":"(\w+)"', line)
            if named:
                self.read(named[1], line)

    def read(self, name: str, line: str) -> None:
        if name == "GenerateQueries":
            self.earliest_start = stamp("ts", line) + stamp("dur", line)
        elif name == "SampleLoop" and self.latest_start < 0:
            self.latest_start = stamp("ts", line)
        elif name == "Token_Latency":
            latency = number("issue_delay", line) + number("issue_to_done", line)
            self.first_token["due", stamp("ts", line)] = latency
        elif '"ph":"b"' in line and name == "Token":
            self.first_token["sample", number("sample_seq", line)] = number("complete_ns", line)
        elif '"ph":"b"' in line and name == "Sample":
            query, latency = number("query_seq", line), number("complete_ns", line)
            self.samples[number("sample_seq", line)] = query, latency
            self.due[query] = stamp("ts", line)
            self.issued[query] = number("issue_start_ns", line)
            self.done[query] = max(self.done.get(query, 0), latency)

    def start(self, scenario: str, outcome: Outcome) -> int:
        """When the run began: at the first query's due time if that is fixed."""
        if scenario in ("Server", "Offline"):
            return self.due[min(self.due)]
        last = max(self.due)
        issued = self.due[last] + self.issued[last]
        done = self.due[last] + self.done[last]
        latest = min(self.due[min(self.due)], self.latest_start)
        tokens = sum(outcome["counts"])
        printed = [  # what is divided by the time to when, and how it was printed
            (len(self.samples) - 1, issued, "%.2f", r"QPS w/ loadgen overhead         : (\S+)"),
            (tokens, issued, "%.2f", r"TPS w/ loadgen overhead         : (\S+)"),
            (tokens, issued, "%g", r"result_token_throughput_with_loadgen_overhead (\S+)"),
            (tokens, done, "%g", r"result_completed_tokens_per_second (\S+)"),
        ]
        text = outcome["summary"] + "\n".join(result_lines(outcome))
        rates = [(n, at, form, re.search(p, text)) for n, at, form, p in printed]
        fitting = [
            start
            for start in range(self.earliest_start, latest + 1)
            if all(m is None or form % (n / (at - start) * 1e9) == m[1] for n, at, form, m in rates)
        ]
        assert fitting, "no start gives the rates that the peer printed"
        return fitting[len(fitting) // 2]


def number(name: str, line: str) -> int:
    found = re.search(rf'"{name}":(-?\d+)', line)
    assert found is not None, line
    return int(found[1])


def stamp(name: str, line: str) -> int:
    found = re.search(rf'"{name}":(\d+)\.(\d{{3}})', line)
    assert found is not None, line
    return int(found[1] + found[2])

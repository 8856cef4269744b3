"""The compiled part of mlperf_loadgen. Use mlperf_loadgen."""

# Written by make stub.
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, SupportsIndex, overload

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer, Self

__version__: str

def connect(
    *,
    settings_error: type[Exception],
    output_error: type[Exception],
    state_error: type[Exception],
    incomplete_error: type[Exception],
    all_fields: Callable[[Any], str],
    changed_fields: Callable[[Any], str],
    report_line: Callable[[Any], str],
    report_table: Callable[[Any], str],
    report_html: Callable[[Any], str],
    save_report: Callable[..., Path],
    report_figures: Callable[[Report], dict[str, float]],
) -> None:
    """Takes what this module needs of the package, which imports it."""

class TestScenario:
    """How queries arrive.

    MultiStreamFree is of the rounds until v1.1; a test with it is refused.
    """

    def __init__(self, value: SupportsIndex) -> None: ...
    @property
    def name(self) -> str: ...
    __members__: ClassVar[dict[str, TestScenario]]
    def __getstate__(self, /) -> int: ...
    def __hash__(self, /) -> int: ...
    @property
    def value(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __int__(self, /) -> int: ...
    def __index__(self, /) -> int: ...
    def __setstate__(self, state: SupportsIndex, /) -> None: ...
    SingleStream: ClassVar[TestScenario]
    """One sample at a time, each after the last has completed."""
    MultiStream: ClassVar[TestScenario]
    """One query of several samples at a time."""
    Server: ClassVar[TestScenario]
    """Single-sample queries at random (Poisson) times."""
    Offline: ClassVar[TestScenario]
    """One query with all samples."""
    MultiStreamFixedInterval: ClassVar[TestScenario]
    """The MultiStream of v0.5 to v1.0: a query of several samples at each tick of an interval."""
    MultiStreamFree: ClassVar[TestScenario]

class TestMode:
    """What a test does."""

    def __init__(self, value: SupportsIndex) -> None: ...
    @property
    def name(self) -> str: ...
    __members__: ClassVar[dict[str, TestMode]]
    def __getstate__(self, /) -> int: ...
    def __hash__(self, /) -> int: ...
    @property
    def value(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __int__(self, /) -> int: ...
    def __index__(self, /) -> int: ...
    def __setstate__(self, state: SupportsIndex, /) -> None: ...
    SubmissionRun: ClassVar[TestMode]
    """Accuracy, then performance."""
    AccuracyOnly: ClassVar[TestMode]
    """Every sample once, all responses logged."""
    PerformanceOnly: ClassVar[TestMode]
    """Timed; responses logged only as the accuracy_log_* settings ask."""
    FindPeakPerformance: ClassVar[TestMode]
    """The highest QPS (Server) or samples per query (MultiStreamFixedInterval) still valid."""

class LoggingMode:
    """Accepted; changes nothing."""

    def __init__(self, value: SupportsIndex) -> None: ...
    @property
    def name(self) -> str: ...
    __members__: ClassVar[dict[str, LoggingMode]]
    def __getstate__(self, /) -> int: ...
    def __hash__(self, /) -> int: ...
    @property
    def value(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __int__(self, /) -> int: ...
    def __index__(self, /) -> int: ...
    def __setstate__(self, state: SupportsIndex, /) -> None: ...
    AsyncPoll: ClassVar[LoggingMode]
    EndOfTestOnly: ClassVar[LoggingMode]
    Synchronous: ClassVar[LoggingMode]

class ScenarioTraits:
    """How a scenario differs from the others."""

    @property
    def closed_loop(self) -> bool:
        """Whether a query is issued when the one before has completed."""
    @property
    def one_query(self) -> bool:
        """Whether there is only one query."""
    @property
    def poisson(self) -> bool:
        """Whether queries are issued at random times of a schedule."""
    @property
    def contiguous_samples(self) -> bool:
        """Whether a query has several samples, neighbours in the loaded set."""
    @property
    def first_tokens(self) -> bool:
        """Whether TTFT and TPOT count, with token latencies."""
    @property
    def short_forms(self) -> dict[str, str]:
        """The settings that the short forms of run() stand for."""
    @property
    def constraint(self) -> Literal["none", "latency", "intervals"]:
        """The performance constraint."""
    @property
    def result(self) -> Literal["latency", "rate", "samples_per_query"]:
        """The figure that is the result of a test."""
    @property
    def peak_search(self) -> Literal["none", "qps", "samples_per_query"]:
        """What FindPeakPerformance varies."""

def scenario_traits(scenario: TestScenario) -> ScenarioTraits:
    """How a scenario differs from the others. Raises ValueError if there is none of this number."""

class TestSettings:
    """What to run. Zero means "no limit" where a limit may be absent."""

    def __init__(self) -> None: ...
    def __copy__(self) -> TestSettings: ...
    def __deepcopy__(self, memo: dict[int, object]) -> TestSettings: ...
    def __getstate__(self, /) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any]) -> None: ...
    scenario: TestScenario
    """How queries arrive."""
    mode: TestMode
    """What is measured."""
    rules: str
    """The round whose rules FromConfig applies, one of rounds(); set it before."""
    single_stream_expected_latency_ns: float
    """SingleStream: expected latency of a query, ns; decides how many queries are prepared."""
    single_stream_target_latency_percentile: float
    """SingleStream: the percentile that is reported, as a fraction."""
    multi_stream_expected_latency_ns: float
    """MultiStream: expected latency of a query, ns; decides how many queries are prepared."""
    multi_stream_target_latency_percentile: float
    """MultiStream: the percentile that is reported, as a fraction."""
    multi_stream_samples_per_query: int
    """MultiStream: samples in a query."""
    multi_stream_interval_target_qps: float
    """MultiStreamFixedInterval: ticks per second, a query at each."""
    multi_stream_interval_target_latency_percentile: float
    """MultiStreamFixedInterval: the queries that must keep the interval, as a fraction."""
    multi_stream_interval_samples_per_query: int
    """MultiStreamFixedInterval: samples in a query; the result."""
    multi_stream_interval_max_async_queries: int
    """MultiStreamFixedInterval: an interval is skipped while this many queries are out."""
    multi_stream_target_latency_ns: int
    """MultiStreamFixedInterval: the bound once more, ns; logged, without further effect."""
    server_target_qps: float
    """Server: mean arrival rate, queries per second."""
    server_target_latency_ns: int
    """Server: the latency that the target percentile must keep, ns."""
    server_target_latency_percentile: float
    """Server: the percentile that must keep the target latency, as a fraction."""
    server_coalesce_queries: bool
    """Server: hand over all queries that are due as one call."""
    server_spin_us: int
    """Server: spin before a query is due, us; -1: as needed while a core is free; 0: never."""
    server_find_peak_qps_decimals_of_precision: int
    """FindPeakPerformance: decimals of the QPS found."""
    server_find_peak_qps_boundary_step_size: float
    """FindPeakPerformance: the QPS grows by this fraction until a run fails."""
    server_max_async_queries: int
    """Server: end the test when more queries are outstanding; 0: no limit."""
    server_num_issue_query_threads: int
    """Server: registered threads that issue; 0: the thread that starts the test."""
    offline_expected_qps: float
    """Offline: expected samples per second; decides the size of the query."""
    min_duration_ms: int
    """Shortest valid run, ms."""
    max_duration_ms: int
    """End the run after this time, ms; 0: no limit."""
    min_query_count: int
    """Fewest queries of a valid run."""
    max_query_count: int
    """End the run after this many queries; 0: no limit."""
    qsl_rng_seed: int
    """Seed of the choice of loaded samples."""
    sample_index_rng_seed: int
    """Seed of the order of samples."""
    schedule_rng_seed: int
    """Seed of the arrival times."""
    accuracy_log_rng_seed: int
    """Seed of the choice of responses logged in a performance run."""
    accuracy_log_probability: float
    """Fraction of responses logged in a performance run."""
    accuracy_log_sampling_target: int
    """Responses logged in a performance run, instead of a fraction; 0: unused."""
    print_timestamps: bool
    """Kept in the log; without further effect."""
    performance_issue_unique: bool
    """Use each loaded sample at most once."""
    performance_issue_same: bool
    """Use one sample over and over."""
    performance_issue_same_index: int
    """The one sample, as its position in the loaded set."""
    performance_sample_count_override: int
    """Samples loaded in a performance run; 0: as the library says."""
    accuracy_sample_count_override: int
    """Samples of an accuracy run; 0: the whole library."""
    sample_concatenate_permutation: bool
    """Equal issue: use every loaded sample equally often."""
    use_token_latencies: bool
    """Measure time to first token and time per output token."""
    ttft_latency: int
    """Server: limit of the time to first token, ns."""
    tpot_latency: int
    """Server: limit of the time per output token, ns."""
    infer_token_latencies: bool
    """Derive token rates from sample rates."""
    token_latency_scaling_factor: int
    """Tokens per sample for infer_token_latencies."""
    test05: bool
    """Force PerformanceOnly with the test05 seeds."""
    test05_qsl_rng_seed: int
    """Replaces qsl_rng_seed when test05 is set."""
    test05_sample_index_rng_seed: int
    """Replaces sample_index_rng_seed when test05 is set."""
    test05_schedule_rng_seed: int
    """Replaces schedule_rng_seed when test05 is set."""
    drain_timeout_ms: int
    """Longest wait for outstanding samples, ms; 0: max_duration_ms, at least 60000."""
    stall_timeout_ms: int
    """Longest time without a completion while samples are out, ms; 0: for ever."""
    draw_queries_as_needed: bool
    """SingleStream, MultiStream: never run out of queries, whatever the expected latency."""
    multi_stream_target_qps: float
    """What the rounds until v1.1 called multi_stream_interval_target_qps."""
    multi_stream_max_async_queries: int
    """What the rounds until v1.1 called multi_stream_interval_max_async_queries."""
    def FromConfig(
        self,
        path: str | bytes | os.PathLike[str],
        model: str,
        scenario: str,
        conf_type: SupportsIndex = 1,
    ) -> int:
        """Apply the settings that the file at ``path`` holds for ``model`` and ``scenario``.

        ``conf_type``: 0 the built-in rules (``path`` is ignored), 1 a user.conf on top of them, 2
        an audit.config. The built-in rules are those of the round ``rules``. Returns 0. Raises
        SettingsError when the file is not a regular file, a line is malformed or there is no such
        round; nothing of the file is applied then. Warns of keys that nothing reads, of a file that
        has no line for ``model`` in ``scenario``, and of a model whose name is nearly one with
        rules.
        """

def apply_config(
    settings: TestSettings,
    path: str | bytes | os.PathLike[str],
    model: str,
    scenario: str,
    conf_type: SupportsIndex,
) -> list[tuple[str, str, int, str]]:
    """Do what ``settings.FromConfig`` does and return where it found what it has set.

    The name of the setting, the file of the built-in rules or "" for the one at ``path``, the line,
    and the key as written. Of a setting the last stands.
    """

class LogOutputSettings:
    """Where the log files go: ``<outdir>/<prefix>[<datetime>_]<kind><suffix>.<txt or json>``."""

    def __init__(self) -> None: ...
    def __copy__(self) -> LogOutputSettings: ...
    def __deepcopy__(self, memo: dict[int, object]) -> LogOutputSettings: ...
    def __getstate__(self, /) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any]) -> None: ...
    outdir: str
    prefix: str
    suffix: str
    prefix_with_datetime: bool
    copy_detail_to_stdout: bool
    copy_summary_to_stdout: bool

class LogSettings:
    """What is written to disk."""

    def __init__(self) -> None: ...
    def __copy__(self) -> LogSettings: ...
    def __deepcopy__(self, memo: dict[int, object]) -> LogSettings: ...
    def __getstate__(self, /) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any]) -> None: ...
    write_files: bool
    """False: no log file at all; the report is the only result."""
    log_output: LogOutputSettings
    log_mode: LoggingMode
    """Accepted; changes nothing."""
    log_mode_async_poll_interval_ms: int
    """Accepted; changes nothing."""
    keep_timeline: bool
    """Fill Report.timeline and Report.curves."""
    enable_trace: bool
    """Write a Chrome trace of every call and sample. Off by default."""

def rounds() -> list[str]:
    """The rounds of the benchmark, oldest first: what ``TestSettings.rules`` may be.

    The whole rules of v0.5, v0.7, v1.0, v1.1 and v6.1 are built in. The others are the rules of
    v6.1 with the seeds of their round.
    """

class QuerySample:
    """One sample of a query: ``id`` goes back with the response, ``index`` names the sample."""

    def __new__(cls, id: SupportsIndex = 0, index: SupportsIndex = 0) -> Self: ...
    def __reduce__(self) -> tuple[object, ...]:
        """For pickle and copy."""
    id: int
    """Response id: give it back with the response."""
    index: int
    """Which sample of the library to run."""

class QuerySampleResponse:
    """The answer to one sample.

    ``size`` bytes from address ``data``, which stay the caller's until the completion call returns.
    """

    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(
        cls,
        id: SupportsIndex,
        data: SupportsIndex,
        size: SupportsIndex,
        n_tokens: SupportsIndex = 0,
    ) -> Self: ...
    def __reduce__(self) -> tuple[object, ...]:
        """For pickle and copy."""
    id: int
    """Id of the sample that this answers."""
    data: int
    """Address of the response's first byte."""
    size: int
    """Bytes."""
    n_tokens: int
    """Tokens generated."""

class Samples:
    """Samples to run, as arrays.

    Stays valid after the issue callback has returned; any thread may use and complete it.
    """

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Samples:
        """A contiguous part."""
    def complete(
        self,
        rows: npt.ArrayLike | Sequence[Buffer | None] | None = None,
        n_tokens: npt.ArrayLike | None = None,
    ) -> None:
        """Complete all of them.

        ``rows``: an array whose row i answers sample i, a list of one buffer a sample (None: no
        bytes), or None. ``n_tokens``: None or one token count a sample. Raises ValueError or
        TypeError before any sample is completed.
        """
    def first_token(self, rows: npt.ArrayLike | Sequence[Buffer | None] | None = None) -> None:
        """Report the first token of each, before completion."""
    @property
    def ids(self) -> npt.NDArray[np.uint64]:
        """Response ids, one a sample."""
    @property
    def indices(self) -> npt.NDArray[np.int64]:
        """Library indices, one a sample; read-only, not a copy.

        PyTorch takes what may be written to: ``torch.as_tensor(samples.indices.copy())``.
        """

class SutHandle:
    """A system under test, until it is destroyed."""

def ConstructSUT(
    issue_cb: Callable[[list[QuerySample]], object],
    flush_cb: Callable[[], object],
    latencies_cb: Callable[[list[int]], object] | None = None,
) -> SutHandle:
    """Make a SUT of two callbacks; the list that issue_cb gets is its to keep.

    Scripts of the rounds until v1.1 have a third, which gets the latencies of a performance run,
    ns, in the order of issue.
    """

def ConstructFastSUT(
    issue_cb: Callable[[list[int], list[int]], object],
    flush_cb: Callable[[], object],
    latencies_cb: Callable[[list[int]], object] | None = None,
) -> SutHandle:
    """Make a SUT of two callbacks: issue_cb(response ids, sample indices), flush_cb().

    latencies_cb: as for :func:`ConstructSUT`.
    """

def ConstructQDL(
    issue_cb: Callable[[list[QuerySample]], object],
    flush_cb: Callable[[], object],
    name_cb: Callable[[], str],
) -> SutHandle:
    """Make a SUT behind a network: as ConstructSUT, and name_cb() asks for its name."""

def construct_array_sut(
    name: str,
    issue_cb: Callable[[Samples], object],
    flush_cb: Callable[[], object],
    over_cb: Callable[[], object],
) -> SutHandle:
    """Make a SUT of issue_cb(Samples), flush_cb(), and over_cb() at the end of a test."""

def check_callable(callable: object, name: str) -> None:
    """Raise TypeError for what does nothing when it is called."""

def DestroySUT(sut: SutHandle) -> None:
    """End the handle."""

def DestroyFastSUT(sut: SutHandle) -> None:
    """End the handle."""

def DestroyQDL(sut: SutHandle) -> None:
    """End the handle."""

class SampleQueue:
    """Queries wait here until worker threads take their samples: pull mode."""

    def __init__(self, name: str = "SampleQueue") -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def test(self) -> int:
        """The number of the test that runs or, between tests, of the next one."""
    @property
    def closed(self) -> bool:
        """Whether close() was called."""
    def take(
        self,
        max_batch: SupportsIndex = 1,
        timeout: float | None = None,
        test: SupportsIndex | None = None,
        workers: SupportsIndex = 1,
        linger: float = 0.0,
    ) -> Samples | None:
        """Wait for samples, without the GIL, and take up to ``max_batch`` of them. Any thread.

        A large query is cut, small ones that wait together are joined; a batch is never more than
        the share of one of ``workers`` in what waits. ``timeout``: after this many seconds without
        samples, Samples of length 0 are returned. ``linger``: for how many seconds samples may wait
        for the batch to become full, unless the queries end. Returns None once test number ``test``
        is over (None: the one that ``self.test`` names), or the queue is closed.
        """
    def fail(self, error: BaseException) -> None:
        """End the test that runs on this queue, for all workers at once.

        What started the test raises ``error``. Does nothing between tests. Any thread.
        """
    def close(self) -> None:
        """Send the workers home.

        When nothing waits any more, every take returns None, in later tests too. Any thread.
        """
    def issue(self, samples: Samples) -> None:
        """For a SUT around the queue, whose issue, flush and over call these three."""
    def flush(self) -> None: ...
    def over(self) -> None: ...
    def handle(self) -> SutHandle:
        """Make a handle for StartTest, which keeps the queue alive.

        Raises StateError when it is closed.
        """

class QslHandle:
    """A query sample library, until it is destroyed."""

def ConstructQSL(
    total_sample_count: SupportsIndex,
    performance_sample_count: SupportsIndex,
    load_cb: Callable[[list[int]], object],
    unload_cb: Callable[[list[int]], object],
) -> QslHandle:
    """Make a library of which ``performance_sample_count`` samples fit in memory."""

def construct_array_qsl(
    name: str,
    total_sample_count: SupportsIndex,
    performance_sample_count: SupportsIndex,
    load_cb: Callable[[npt.NDArray[np.int64]], object],
    unload_cb: Callable[[npt.NDArray[np.int64]], object],
) -> QslHandle:
    """As ConstructQSL; the callbacks get an int64 array."""

def whole_number(number: object, name: str) -> int:
    """``number`` as an int; raises where it is not whole."""

def DestroyQSL(qsl: QslHandle) -> None:
    """End the handle."""

def QuerySamplesComplete(
    responses: Sequence[QuerySampleResponse],
    response_cb: Callable[[QuerySampleResponse], object] | None = None,
) -> None:
    """Complete samples. Any thread.

    ``response_cb`` is called with each response that goes into the accuracy log, just before its
    bytes are copied; it may change ``data`` and ``size``.
    """

def FirstTokenComplete(
    responses: Sequence[QuerySampleResponse],
    response_cb: Callable[[QuerySampleResponse], object] | None = None,
) -> None:
    """Report the first token of samples, before they are completed. Any thread."""

def complete(
    ids: npt.ArrayLike,
    rows: npt.ArrayLike | Sequence[Buffer | None] | None = None,
    n_tokens: npt.ArrayLike | None = None,
) -> None:
    """Complete the samples with these response ids, as :meth:`Samples.complete`. Any thread."""

def first_token(
    ids: npt.ArrayLike, rows: npt.ArrayLike | Sequence[Buffer | None] | None = None
) -> None:
    """Report the first token of the samples with these response ids. Any thread."""

class LatencySummary:
    """A set of durations, in ns. A percentile is a value that occurred."""

    @property
    def min(self) -> int:
        """The shortest."""
    @property
    def max(self) -> int:
        """The longest."""
    @property
    def mean(self) -> int:
        """The mean, in whole units."""
    @property
    def p50(self) -> int:
        """50th percentile."""
    @property
    def p90(self) -> int:
        """90th percentile."""
    @property
    def p95(self) -> int:
        """95th percentile."""
    @property
    def p97(self) -> int:
        """97th percentile."""
    @property
    def p99(self) -> int:
        """99th percentile."""
    @property
    def p99_9(self) -> int:
        """99.9th percentile."""

class OverheadReport:
    """From the completion of a query to the issue of the next.

    That is LoadGen's own time, the waking of its thread, and what the SUT does on that thread after
    completing a query.
    """

    @property
    def gap_ns(self) -> LatencySummary:
        """From a completion to the next issue, ns."""
    @property
    def share(self) -> float:
        """Of the duration, a fraction."""

class EarlyStopping:
    """Whether enough queries ran to trust the percentile."""

    @property
    def met(self) -> bool:
        """Whether enough queries ran."""
    @property
    def text(self) -> str:
        """As in the summary, in lines."""
    @property
    def estimate_ns(self) -> int | None:
        """At the target percentile; not in Server and Offline."""
    @property
    def estimate_p99_ns(self) -> int | None:
        """SingleStream, when enough queries ran."""

class TokenReport:
    """Token metrics of the measured series."""

    @property
    def token_count(self) -> int:
        """Tokens of all samples."""
    @property
    def tpot_sample_count(self) -> int:
        """Samples of more than one token, which have a time per output token."""
    @property
    def ttft_ns(self) -> LatencySummary:
        """Time to first token."""
    @property
    def tpot_ns(self) -> LatencySummary:
        """Time per output token after the first."""
    @property
    def ttft_at_target_percentile_ns(self) -> int:
        """Time to first token at the target percentile."""
    @property
    def tpot_at_target_percentile_ns(self) -> int:
        """Time per output token at the target percentile."""
    @property
    def tokens_per_second(self) -> float:
        """Offline: by the longest latency; others: by the time of the last completion."""
    @property
    def tps_with_loadgen_overhead(self) -> float:
        """Tokens by the time of the last issue."""
    @property
    def tps_without_loadgen_overhead(self) -> float:
        """Tokens by the sum of the latencies."""
    @property
    def ttft_early_stopping(self) -> EarlyStopping:
        """Of the time to first token."""
    @property
    def tpot_early_stopping(self) -> EarlyStopping:
        """Of the time per output token."""

class PeakTrial:
    """One run of a search for the peak."""

    @property
    def load(self) -> float:
        """Queries a second; in MultiStreamFixedInterval samples a query."""
    @property
    def valid(self) -> bool:
        """Whether the run was valid."""
    @property
    def latency_at_target_percentile_ns(self) -> int:
        """Of samples; MultiStreamFixedInterval: of queries."""
    @property
    def reason(self) -> str:
        """Why it is not valid."""

class EffectiveSettings:
    """The settings a test really ran with: one meaning for every scenario."""

    @property
    def scenario(self) -> TestScenario:
        """How queries arrive."""
    @property
    def mode(self) -> TestMode:
        """What is measured."""
    @property
    def rules(self) -> str:
        """The round whose rules FromConfig applies, one of rounds(); set it before."""
    @property
    def server_coalesce_queries(self) -> bool:
        """Server: hand over all queries that are due as one call."""
    @property
    def server_spin_us(self) -> int:
        """Server: spin before a query is due, us; -1: as needed while a core is free; 0: never."""
    @property
    def find_peak_qps_decimals_of_precision(self) -> int:
        """FindPeakPerformance: decimals of the QPS found."""
    @property
    def find_peak_qps_boundary_step_size(self) -> float:
        """FindPeakPerformance: the QPS grows by this fraction until a run fails."""
    @property
    def server_num_issue_query_threads(self) -> int:
        """Server: registered threads that issue; 0: the thread that starts the test."""
    @property
    def samples_per_query(self) -> int:
        """Samples in a query; Offline: in its one query."""
    @property
    def target_qps(self) -> float:
        """Queries per second; Offline: samples per second. Scheduled, or expected where nothing is
        scheduled."""
    @property
    def target_latency_ns(self) -> int:
        """The latency that the target percentile must keep, ns; 0: no limit."""
    @property
    def ttft_latency_ns(self) -> int:
        """Server: limit of the time to first token, ns."""
    @property
    def tpot_latency_ns(self) -> int:
        """Server: limit of the time per output token, ns."""
    @property
    def target_latency_percentile(self) -> float:
        """The percentile that is judged or reported, as a fraction."""
    @property
    def max_async_queries(self) -> int:
        """Most queries outstanding at a time; 0: no limit."""
    @property
    def target_duration_ms(self) -> int:
        """The duration that the schedule is made for, ms; Offline: 0."""
    @property
    def min_duration_ms(self) -> int:
        """Shortest valid run, ms."""
    @property
    def max_duration_ms(self) -> int:
        """End the run after this time, ms; 0: no limit."""
    @property
    def min_query_count(self) -> int:
        """Fewest queries of a valid run."""
    @property
    def max_query_count(self) -> int:
        """End the run after this many queries; 0: no limit."""
    @property
    def min_sample_count(self) -> int:
        """Fewest samples of a valid run."""
    @property
    def qsl_rng_seed(self) -> int:
        """Seed of the choice of loaded samples."""
    @property
    def sample_index_rng_seed(self) -> int:
        """Seed of the order of samples."""
    @property
    def schedule_rng_seed(self) -> int:
        """Seed of the arrival times."""
    @property
    def accuracy_log_rng_seed(self) -> int:
        """Seed of the choice of responses logged in a performance run."""
    @property
    def accuracy_log_probability(self) -> float:
        """Fraction of responses logged in a performance run."""
    @property
    def accuracy_log_sampling_target(self) -> int:
        """Responses logged in a performance run, instead of a fraction; 0: unused."""
    @property
    def print_timestamps(self) -> bool:
        """Kept in the log; without further effect."""
    @property
    def performance_issue_unique(self) -> bool:
        """Use each loaded sample at most once."""
    @property
    def performance_issue_same(self) -> bool:
        """Use one sample over and over."""
    @property
    def performance_issue_same_index(self) -> int:
        """The one sample, as its position in the loaded set."""
    @property
    def performance_sample_count(self) -> int:
        """Samples loaded in a performance run."""
    @property
    def accuracy_sample_count(self) -> int:
        """Samples of an accuracy run."""
    @property
    def sample_concatenate_permutation(self) -> bool:
        """Equal issue: use every loaded sample equally often."""
    @property
    def use_token_latencies(self) -> bool:
        """Measure time to first token and time per output token."""
    @property
    def infer_token_latencies(self) -> bool:
        """Derive token rates from sample rates."""
    @property
    def token_latency_scaling_factor(self) -> int:
        """Tokens per sample for infer_token_latencies."""
    @property
    def drain_timeout_ms(self) -> int:
        """Longest wait for outstanding samples, ms; 0: max_duration_ms, at least 60000."""
    @property
    def stall_timeout_ms(self) -> int:
        """Longest time without a completion while samples are out, ms; 0: for ever."""
    @property
    def performance_set_of_whole_library(self) -> bool:
        """The performance set is the beginning of the shuffled library, as in the rounds until
        v5.1; else a shuffle of the library's beginning."""
    @property
    def ample_query_count(self) -> int:
        """With draw_queries_as_needed: at least this many queries can be issued."""

class Report:
    """What a test found out. Print it for a table."""

    @property
    def sut_name(self) -> str:
        """What the SUT calls itself."""
    @property
    def qsl_name(self) -> str:
        """What the sample library calls itself."""
    @property
    def settings(self) -> EffectiveSettings:
        """What the test ran with."""
    @property
    def complete(self) -> bool:
        """Whether the test reached its end; if not, the numbers tell of what ran up to then."""
    @property
    def audited(self) -> str:
        """Which settings an audit config changed, a sentence; "" without one."""
    @property
    def end_reason(self) -> str:
        """Of a test that is not complete."""
    @property
    def missing_samples(self) -> int:
        """Samples issued and never completed."""
    @property
    def has_performance(self) -> bool:
        """False in AccuracyOnly: there is no verdict then, and no measurement."""
    @property
    def valid(self) -> bool:
        """The verdict on the performance run."""
    @property
    def performance_constraints_met(self) -> bool:
        """Whether the target percentile kept the target latency."""
    @property
    def min_duration_met(self) -> bool:
        """Whether the run was long enough."""
    @property
    def min_queries_met(self) -> bool:
        """Whether enough queries ran."""
    @property
    def early_stopping_met(self) -> bool:
        """Whether the early stopping test holds."""
    @property
    def recommendations(self) -> list[str]:
        """One for each reason why the result is invalid; may hold line ends."""
    @property
    def query_count(self) -> int:
        """Queries issued."""
    @property
    def sample_count(self) -> int:
        """Samples completed."""
    @property
    def peak(self) -> float | None:
        """FindPeakPerformance: the load of the best valid trial, which this report is about."""
    @property
    def peak_trials(self) -> list[PeakTrial]:
        """FindPeakPerformance: all of them, in the order in which they ran."""
    @property
    def overlatency_query_count(self) -> int | None:
        """Server: queries above the target latency. MultiStreamFixedInterval: above the interval
        times max_async_queries."""
    @property
    def skipped_intervals(self) -> int | None:
        """MultiStreamFixedInterval: ticks without a query, because of one that was still out."""
    @property
    def skipping_query_count(self) -> int | None:
        """MultiStreamFixedInterval: queries that skipped an interval; at most 1 % may."""
    @property
    def schedule_lag_ns(self) -> LatencySummary | None:
        """With a schedule: how long after its scheduled time a query was issued."""
    @property
    def loadgen_overhead(self) -> OverheadReport | None:
        """SingleStream, MultiStream: LoadGen's own part."""
    @property
    def notes(self) -> list[str]:
        """Says when the figures show the issuing side, not the SUT; does not affect the verdict."""
    @property
    def intervals_between_queries(self) -> LatencySummary:
        """MultiStreamFixedInterval: a count, not ns; 1 when none was skipped."""
    @property
    def duration_seconds(self) -> float:
        """From the start to the last completion."""
    @property
    def latency_ns(self) -> LatencySummary:
        """Of samples."""
    @property
    def query_latency_ns(self) -> LatencySummary:
        """Of queries; differs from that of samples in both MultiStreams only."""
    @property
    def latency_at_target_percentile_ns(self) -> int:
        """Of samples; both MultiStreams: of queries."""
    @property
    def early_stopping(self) -> EarlyStopping:
        """The early stopping test. With token latencies: both of its rules, the estimates of
        TTFT."""
    @property
    def qps_with_loadgen_overhead(self) -> float:
        """SingleStream."""
    @property
    def qps_without_loadgen_overhead(self) -> float:
        """SingleStream."""
    @property
    def completed_samples_per_second(self) -> float:
        """Server: the official figure."""
    @property
    def scheduled_samples_per_second(self) -> float:
        """Server."""
    @property
    def samples_per_second(self) -> float:
        """Offline: the official figure. Server: completed. Others: samples / duration."""
    @property
    def inferred_tokens_per_second(self) -> float:
        """With infer_token_latencies: Offline, Server."""
    @property
    def tokens(self) -> TokenReport | None:
        """With use_token_latencies."""
    @property
    def error_count(self) -> int:
        """Errors in the detail log."""
    @property
    def warning_count(self) -> int:
        """Warnings in the detail log."""
    @property
    def errors(self) -> list[str]:
        """One line a kind of error, with its count and first example."""
    @property
    def warnings(self) -> list[str]:
        """One line a kind of warning, with its count."""
    @property
    def empty_response_count(self) -> int:
        """Responses in the accuracy log without data: no score can be made of them."""
    @property
    def accuracy_sample_count(self) -> int:
        """Samples issued in accuracy mode."""
    @property
    def latencies_ns(self) -> npt.NDArray[np.int64]:
        """One entry a sample, in the order of issue; read-only, not a copy."""
    @property
    def query_latencies_ns(self) -> npt.NDArray[np.int64]:
        """Both MultiStreams; empty elsewhere."""
    @property
    def query_intervals(self) -> npt.NDArray[np.int64]:
        """MultiStreamFixedInterval: intervals from each query to the next; empty elsewhere."""
    @property
    def ttft_latencies_ns(self) -> npt.NDArray[np.int64]:
        """With use_token_latencies; empty otherwise."""
    @property
    def tpot_latencies_ns(self) -> npt.NDArray[np.int64]:
        """With use_token_latencies; empty otherwise. -1: a sample of one token has none."""
    @property
    def summary_path(self) -> str:
        """Empty when no files were written, as are the others."""
    @property
    def detail_path(self) -> str:
        """The detail log."""
    @property
    def accuracy_path(self) -> str:
        """The accuracy log."""
    @property
    def trace_path(self) -> str:
        """The trace."""
    @property
    def scenario(self) -> TestScenario:
        """How queries arrived."""
    @property
    def mode(self) -> TestMode:
        """What was measured."""
    @property
    def timeline(self) -> dict[str, Any] | None:
        """How the test went over time, as in report.json; None without
        LogSettings.keep_timeline."""
    @property
    def curves(self) -> dict[str, Any]:
        """The distributions of durations, as in report.json; empty without
        LogSettings.keep_timeline."""
    def save(self, target: str | os.PathLike[str]) -> Path:
        """Write report.json, to a folder or to a file whose name ends in .json, and return its
        path. Raises OutputError."""
    def flat(self) -> dict[str, float]:
        """Return every figure by its name, such as "p99" or "qps"; durations are in ns."""
    def _repr_html_(self) -> object: ...

def resolve(
    settings: TestSettings,
    audit_config_filename: str | bytes | os.PathLike[str],
    total_sample_count: SupportsIndex,
    performance_sample_count: SupportsIndex,
) -> tuple[TestSettings, EffectiveSettings]:
    """Return what a test with these settings and a library of this size would run with.

    The settings with audit.config and test05 applied, and what follows from them. Raises
    SettingsError when no test can run with them.
    """

def settings_that_matter(settings: TestSettings) -> list[str]:
    """Return the names of the settings that mean something for a test with these settings."""

def memory_needed(settings: EffectiveSettings, library_total_count: SupportsIndex) -> float:
    """Return the bytes that a performance run takes at most, without SUT and library."""

def overlatency_allowed(percentile: float, queries: SupportsIndex) -> int | None:
    """Return how many of ``queries`` may be over the limit; None when even none is too many."""

class QueryCount:
    """How many queries make a percentile trustworthy."""

    @property
    def exact(self) -> int:
        """To the nearest whole number."""
    @property
    def rounded(self) -> int:
        """Up to a multiple of 8192, as the rules until v1.1 ask."""

def minimum_query_count(percentile: float, confidence: float = 0.99) -> QueryCount:
    """The queries after which the fraction of queries within a latency limit, ``percentile``, is
    known to a margin of a twentieth of the tail with probability ``confidence``.

    Both are fractions. margin = (1 - percentile) / 20, and by the normal approximation, with z such
    that P(abs(Z) <= z) = confidence, n = z**2 * percentile * (1 - percentile) / margin**2. This is
    the sizing of arXiv:1911.02549, from which the query counts of the rules until v1.1 come;
    today's rules use early stopping instead. Raises ValueError unless both are inside (0, 1) and
    the count is at most 2**53.
    """

def queries_needed(percentile: float, over: SupportsIndex) -> int:
    """Return the fewest queries of which ``over`` may be over the limit."""

def await_sigterm(awaited: bool) -> None:
    """While ``awaited``, a SIGTERM that Python has not handled for ten seconds ends the process."""

def run_test(
    sut: SutHandle,
    qsl: QslHandle,
    test_settings: TestSettings,
    log_settings: LogSettings,
    audit_config_filename: str | bytes | os.PathLike[str],
    choose: Callable[[TestSettings, Callable[[TestSettings], Report]], TestSettings] | None = None,
    notes: list[str] = [],
) -> tuple[Report, BaseException | None]:
    """Run a whole test: the report, and what ended the test early.

    ``choose`` gets the settings and a function that runs a short series with others, and returns
    those of the test. The report begins with ``notes``, as they are when the test is over.
    """

def abort(error: BaseException | None = None) -> None:
    """End the test that is running, if any.

    The call that started it returns soon, with a report that is not complete, or raises ``error``.
    Any thread.
    """

class Progress:
    """How far the present test is. Counts are of the series of queries that is running."""

    @property
    def scenario(self) -> TestScenario: ...
    @property
    def accuracy(self) -> bool: ...
    @property
    def series(self) -> int:
        """Accuracy mode runs one for each set of samples that fits in memory."""
    @property
    def series_count(self) -> int: ...
    @property
    def elapsed_seconds(self) -> float: ...
    @property
    def expected_seconds(self) -> float:
        """0: not known beforehand."""
    @property
    def queries_issued(self) -> int: ...
    @property
    def queries_planned(self) -> int:
        """SingleStream and MultiStream plan more than they need."""
    @property
    def samples_issued(self) -> int: ...
    @property
    def samples_completed(self) -> int: ...
    @property
    def samples_planned(self) -> int: ...
    @property
    def percentile(self) -> float:
        """The target percentile, as a fraction."""
    @property
    def latency_ns(self) -> int:
        """At that percentile, over an even selection of the samples so far."""

def current_progress() -> Progress | None:
    """How far the present test is, or None. Any thread."""

def RegisterIssueQueryThread() -> None:
    """Register this thread with the running or next Server test that has issuing threads.

    Those are ``server_num_issue_query_threads`` threads that called this before the test began or
    within 10 s of it: issue callbacks run on them, several at once, instead of on the thread that
    runs the test. Returns when a test is over, wanted or not. What a callback raises here ends the
    test and comes out of the call that started it. On the main thread Ctrl-C ends the wait.
    """

class IssueThreads:
    """Threads that issue the queries of one test, of which there may be ``most``."""

    def __init__(self) -> None: ...
    most: ClassVar[int]
    def serve(self) -> None:
        """As RegisterIssueQueryThread; returns after release, too."""
    def release(self) -> None:
        """End the wait of those that no test has. Any thread."""

def construct_null_sut() -> SutHandle:
    """Make a SUT that completes every query at once, without Python."""

def clock_read_ns() -> float:
    """Mean time of a read of the clock that latencies are measured with."""

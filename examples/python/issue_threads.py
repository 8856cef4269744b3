"""Threads of the program's own issue the queries of a Server test, each its share."""

import sys
import threading
from collections import Counter
from pathlib import Path

import mlperf_loadgen as lg

THREADS = 2
issued: Counter = Counter()


def issue(query_samples):  # on each of the threads
    lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in query_samples])
    issued[threading.current_thread().name] += len(query_samples)


settings = lg.TestSettings()
settings.scenario = lg.TestScenario.Server
settings.server_num_issue_query_threads = THREADS
settings.server_target_qps = 1000
settings.server_target_latency_ns = 500_000_000
settings.min_duration_ms = 1000

# They wait for the test, issue, and come back when it is over.
threads = [threading.Thread(target=lg.RegisterIssueQueryThread) for _ in range(THREADS)]
for thread in threads:
    thread.start()
sut = lg.ConstructSUT(issue, lambda: None)
qsl = lg.ConstructQSL(1000, 1000, lambda indices: None, lambda indices: None)
lg.StartTest(sut, qsl, settings)
for thread in threads:
    thread.join()
lg.DestroyQSL(qsl)
lg.DestroySUT(sut)

for name, count in sorted(issued.items()):
    print(name, "issued", count)
summary = Path("mlperf_log_summary.txt").read_text(encoding="utf-8")
print(summary.split("\n\n")[0])
sys.exit("Result is : VALID" not in summary)

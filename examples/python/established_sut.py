"""The established names: callbacks, a queue, and worker threads that complete."""

import array
import queue
import sys
import threading
from pathlib import Path

import mlperf_loadgen as lg

samples_waiting: queue.SimpleQueue = queue.SimpleQueue()


def issue(query_samples):
    for sample in query_samples:
        samples_waiting.put(sample)


def flush():
    pass


def work():
    while (sample := samples_waiting.get()) is not None:
        answer = array.array("B", f"answer {sample.index}".encode())
        address, length = answer.buffer_info()
        response = lg.QuerySampleResponse(sample.id, address, length * answer.itemsize)
        lg.QuerySamplesComplete([response])  # has read the answer when it returns


settings = lg.TestSettings()
settings.scenario = lg.TestScenario.Server
settings.mode = lg.TestMode.PerformanceOnly
settings.server_target_qps = 500
settings.server_target_latency_ns = 500_000_000
settings.min_duration_ms = 1000
logs = lg.LogSettings()
logs.log_output.outdir = "results"
logs.log_output.copy_summary_to_stdout = True
Path("results").mkdir(exist_ok=True)

workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers:
    worker.start()
sut = lg.ConstructSUT(issue, flush)
qsl = lg.ConstructQSL(1024, 1024, lambda indices: None, lambda indices: None)
try:
    lg.StartTestWithLogSettings(sut, qsl, settings, logs)
finally:
    for _ in workers:
        samples_waiting.put(None)
lg.DestroyQSL(qsl)
lg.DestroySUT(sut)
summary = Path("results/mlperf_log_summary.txt").read_text(encoding="utf-8")
sys.exit("Result is : VALID" not in summary)

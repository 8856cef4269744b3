"""Holds what reference apps share and submitters can use: the command line, an in-memory sample
library, batching on worker threads, inference backends, and reading of the accuracy log.

Nothing in here is about one kind of model. Heavy packages are imported when they are used. Imported
before torch, it sees to it that threads of an inference do not spin for each other beside busy
processes (see processors).
"""

from mlperf_loadgen.harness import processors as processors

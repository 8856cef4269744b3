"""Runs ``python -m mlperf_loadgen``, which is the program ``mlperf-loadgen``."""

from __future__ import annotations

import sys

from mlperf_loadgen_program import main

if __name__ == "__main__":
    sys.exit(main())

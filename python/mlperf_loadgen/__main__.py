"""``python -m mlperf_loadgen calibrate``: what LoadGen itself costs on this machine."""

from __future__ import annotations

import argparse

from mlperf_loadgen.calibration import calibrate

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m mlperf_loadgen", description=__doc__)
    parser.add_argument("command", choices=["calibrate"])
    parser.parse_args()
    print(calibrate())

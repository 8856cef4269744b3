"""Translates newstest2014 with GNMT under LoadGen: python run.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mlperf_loadgen.harness.command import command

if __name__ == "__main__":
    sys.exit(command("reference_apps.gnmt"))

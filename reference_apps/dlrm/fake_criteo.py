"""A small set of raw days, with clicks from a known model, as it lies on the disk of a user:
python -m reference_apps.dlrm.fake_criteo --help
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from reference_apps.dlrm.click_model import ROWS_A_DAY, write_raw
from reference_apps.dlrm.preprocess import preprocess
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M, TERABYTE_40M

KINDS = {"kaggle": KAGGLE, "terabyte0875": TERABYTE_10M, "terabyte": TERABYTE_40M}


def main(argv: Sequence[str] | None = None) -> None:
    """Writes and preprocesses it."""
    made = argparse.ArgumentParser(description="A small Criteo set, raw and preprocessed.")
    made.add_argument("kind", choices=list(KINDS))
    made.add_argument("--output", type=Path, default=Path("fake_criteo"), metavar="DIR")
    made.add_argument("--rows-a-day", type=int, default=ROWS_A_DAY, metavar="N")
    args = made.parse_args(argv)
    variant = KINDS[args.kind]
    args.output.mkdir(parents=True)
    write_raw(args.output, variant, args.rows_a_day)
    preprocess(variant, args.output, binary=variant.dataset == "terabyte")
    print(f"{variant.name}: {args.output}")


if __name__ == "__main__":
    main()

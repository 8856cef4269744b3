"""Preprocesses cases of BraTS 2019: python -m reference_apps.unet3d.preprocess --help"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlperf_loadgen.harness.progress_bar import track
from mlperf_loadgen.untrusted import FileError, read_text

from reference_apps.unet3d import nifti, task043
from reference_apps.unet3d.dataset import write_case, write_list
from reference_apps.unet3d.processing import OFFICIAL, Plan, prepare


def read_fold(path: Path) -> list[str]:
    """Reads the names of cases, one per line. Raises FileError for no or duplicate names, and
    OSError.
    """
    cases = read_text(path).split()
    if not cases:
        raise FileError(f"{path} must name at least one case")
    if len(set(cases)) < len(cases):
        raise FileError(f"{path}: duplicate case {next(c for c in cases if cases.count(c) > 1)}")
    return cases


def preprocess(cases: Sequence[str], images: Path, folder: Path, plan: Plan, threads: int) -> None:
    """Writes the pickles of cases from the folder imagesTr, and then the list, in the given order.

    Raises FileNotFoundError naming the first missing modality before anything is written, and as
    nifti.read and processing.prepare do.
    """
    files = {
        case: [task043.image_file(images, case, c) for c in range(len(task043.MODALITIES))]
        for case in cases
    }
    for case in cases:
        for file in files[case]:
            if not file.is_file():
                raise FileNotFoundError(f"no such file: {file}")
    folder.mkdir(parents=True, exist_ok=True)

    def preprocess_one(case: str) -> None:
        volumes = [nifti.read(file) for file in files[case]]
        write_case(folder, case, prepare(volumes, [str(f) for f in files[case]], plan, case))

    with ThreadPoolExecutor(threads) as pool:
        for _ in track(pool.map(preprocess_one, cases), "preprocessing", total=len(cases)):
            pass
    write_list(folder, cases)


def main(argv: Sequence[str] | None = None) -> None:
    """Preprocesses what the command line names, for the official model."""
    parser = argparse.ArgumentParser(description="Preprocess BraTS 2019 for 3D-UNet.")
    parser.add_argument(
        "--model_dir",
        type=Path,
        metavar="DIR",
        help="accepted for compatibility, ignored: the plan of the official model is built in",
    )
    parser.add_argument(
        "--raw_data_dir",
        type=Path,
        default=task043.IMAGES_FOLDER,
        metavar="DIR",
        help="(default %(default)s)",
    )
    parser.add_argument(
        "--preprocessed_data_dir",
        type=Path,
        default=Path("build/preprocessed_data"),
        metavar="DIR",
        help="(default %(default)s)",
    )
    parser.add_argument(
        "--validation_fold_file",
        type=Path,
        default=Path("folds/fold1_validation.txt"),
        metavar="FILE",
        help="names of the cases, one per line (default %(default)s)",
    )
    parser.add_argument(
        "--num_threads_preprocessing",
        type=int,
        default=12,
        metavar="N",
        help="(default %(default)s)",
    )
    args = parser.parse_args(argv)
    cases = read_fold(args.validation_fold_file)
    preprocess(
        cases,
        args.raw_data_dir,
        args.preprocessed_data_dir,
        OFFICIAL,
        args.num_threads_preprocessing,
    )
    print(f"{len(cases)} cases in {args.preprocessed_data_dir}")


if __name__ == "__main__":
    main()

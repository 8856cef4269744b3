"""The three forms in which the model is known: data set, table sizes and layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

DENSE = 13  # features that are numbers
SPARSE = 26  # features that are categories


@dataclass(frozen=True)
class Variant:
    """One form of the model, and of the data that it takes."""

    name: str
    dataset: str  # "terabyte" or "kaggle"
    max_ind_range: int  # categories are taken modulo this; 0: as they are
    data_sub_sample_rate: float  # part of the rows without a click that preprocessing drops
    tables: tuple[int, ...]  # rows of each embedding table
    dimension: int  # of an embedding
    bottom: tuple[int, ...]  # widths of the layers over the dense features
    top: tuple[int, ...]  # and of those over the interactions
    max_batchsize: int  # aggregated samples in one inference, unless the command line says

    @property
    def about(self) -> str:
        """A line for the screen."""
        return f"DLRM {self.name}, {len(self.tables)} tables of dimension {self.dimension}"

    def cut(self, rows: int) -> Variant:
        """The same layers over tables of at most `rows` rows."""
        return replace(
            self,
            max_ind_range=rows,
            tables=tuple(min(table, rows) for table in self.tables),
        )


TERABYTE_40M = Variant(
    name="terabyte-40M",
    dataset="terabyte",
    max_ind_range=40_000_000,
    data_sub_sample_rate=0.0,
    tables=(
        *(39884406, 39043, 17289, 7420, 20263, 3, 7120, 1543, 63, 38532951, 2953546, 403346, 10),
        *(2208, 11938, 155, 4, 976, 14, 39979771, 25641295, 39664984, 585935, 12972, 108, 36),
    ),
    dimension=128,
    bottom=(DENSE, 512, 256, 128),
    top=(479, 1024, 1024, 512, 256, 1),
    max_batchsize=2048,
)
TERABYTE_10M = Variant(
    name="terabyte-10M",
    dataset="terabyte",
    max_ind_range=10_000_000,
    data_sub_sample_rate=0.875,
    tables=(
        *(9980333, 36084, 17217, 7378, 20134, 3, 7112, 1442, 61, 9758201, 1333352, 313829, 10),
        *(2208, 11156, 122, 4, 970, 14, 9994222, 7267859, 9946608, 415421, 12420, 101, 36),
    ),
    dimension=64,
    bottom=(DENSE, 512, 256, 64),
    top=(415, 512, 512, 256, 1),
    max_batchsize=2048,
)
KAGGLE = Variant(
    name="kaggle",
    dataset="kaggle",
    max_ind_range=0,
    data_sub_sample_rate=0.0,
    tables=(
        *(1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194),
        *(27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572),
    ),
    dimension=16,
    bottom=(DENSE, 512, 256, 64, 16),
    top=(367, 512, 256, 1),
    max_batchsize=128,
)
VARIANTS = (TERABYTE_40M, TERABYTE_10M, KAGGLE)
DATASETS = ("terabyte", "kaggle")


def variant_of(dataset: str, max_ind_range: int = -1) -> Variant:
    """The variant that --dataset and --max-ind-range ask for; -1: the official one.

    Raises ValueError for a range that no model was made with.
    """
    known = [variant for variant in VARIANTS if variant.dataset == dataset]
    if max_ind_range == -1:
        return known[0]
    for variant in known:
        if max_ind_range == variant.max_ind_range:
            return variant
    ranges = " or ".join(str(variant.max_ind_range or -1) for variant in known)
    raise ValueError(f"--max-ind-range: for {dataset} it is {ranges}, not {max_ind_range}")

"""Describes the three published variants of the model: data set, table sizes and layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

NUM_DENSE = 13  # features that are numbers
NUM_SPARSE = 26  # features that are categories


@dataclass(frozen=True)
class Variant:
    """A variant of the model and of the data that it takes."""

    name: str
    dataset: str  # "terabyte" or "kaggle"
    max_ind_range: int  # categories are taken modulo this; 0: unchanged
    data_sub_sample_rate: float  # part of the rows without a click that preprocessing drops
    table_rows: tuple[int, ...]  # of each embedding table
    embedding_dim: int
    bottom_mlp: tuple[int, ...]  # widths of the layers over the dense features
    top_mlp: tuple[int, ...]  # widths of the layers over the interactions
    max_batchsize: int  # default number of aggregated samples in one inference

    @property
    def about(self) -> str:
        """Describes the variant in a line for the screen."""
        return f"DLRM {self.name}, {NUM_SPARSE} tables of dimension {self.embedding_dim}"

    def with_max_rows(self, rows: int) -> Variant:
        """Returns the same layers over tables of at most `rows` rows."""
        return replace(
            self,
            max_ind_range=rows,
            table_rows=tuple(min(own, rows) for own in self.table_rows),
        )


TERABYTE_40M = Variant(
    name="terabyte-40M",
    dataset="terabyte",
    max_ind_range=40_000_000,
    data_sub_sample_rate=0.0,
    table_rows=(
        *(39884406, 39043, 17289, 7420, 20263, 3, 7120, 1543, 63, 38532951, 2953546, 403346, 10),
        *(2208, 11938, 155, 4, 976, 14, 39979771, 25641295, 39664984, 585935, 12972, 108, 36),
    ),
    embedding_dim=128,
    bottom_mlp=(NUM_DENSE, 512, 256, 128),
    top_mlp=(479, 1024, 1024, 512, 256, 1),
    max_batchsize=2048,
)
TERABYTE_10M = Variant(
    name="terabyte-10M",
    dataset="terabyte",
    max_ind_range=10_000_000,
    data_sub_sample_rate=0.875,
    table_rows=(
        *(9980333, 36084, 17217, 7378, 20134, 3, 7112, 1442, 61, 9758201, 1333352, 313829, 10),
        *(2208, 11156, 122, 4, 970, 14, 9994222, 7267859, 9946608, 415421, 12420, 101, 36),
    ),
    embedding_dim=64,
    bottom_mlp=(NUM_DENSE, 512, 256, 64),
    top_mlp=(415, 512, 512, 256, 1),
    max_batchsize=2048,
)
KAGGLE = Variant(
    name="kaggle",
    dataset="kaggle",
    max_ind_range=0,
    data_sub_sample_rate=0.0,
    table_rows=(
        *(1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194),
        *(27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572),
    ),
    embedding_dim=16,
    bottom_mlp=(NUM_DENSE, 512, 256, 64, 16),
    top_mlp=(367, 512, 256, 1),
    max_batchsize=128,
)
VARIANTS = (TERABYTE_40M, TERABYTE_10M, KAGGLE)
DATASETS = ("terabyte", "kaggle")


def variant_of(dataset: str, max_ind_range: int = -1) -> Variant:
    """Finds the variant that --dataset and --max-ind-range ask for; -1: the official one.

    Raises ValueError for a range that no variant has.
    """
    known = [variant for variant in VARIANTS if variant.dataset == dataset]
    if max_ind_range == -1:
        return known[0]
    for variant in known:
        if max_ind_range == variant.max_ind_range:
            return variant
    ranges = " or ".join(str(variant.max_ind_range or -1) for variant in known)
    raise ValueError(f"--max-ind-range must be {ranges} for {dataset}, not {max_ind_range}")

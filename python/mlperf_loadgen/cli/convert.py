"""``mlperf-loadgen convert``: results for other tools, and results of other tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.parser import Parser, UsageError
from mlperf_loadgen.cli.results import read_results
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.result.whole_file import write_whole

__all__ = ["main", "parser"]

_FORMATS = ("report", "hgrm", "openmetrics", "json", "csv")


def parser() -> Parser:
    described = Parser(
        "convert", "Writes a result for another tool, or makes one of its files.", "INPUT"
    )
    described.add_argument(
        "input",
        metavar="INPUT",
        help="a result, a folder of LoadGen's logs, or a file of vllm bench, AIPerf, vegeta or k6",
    )
    described.add_argument(
        "--to",
        metavar="FORMAT",
        choices=_FORMATS,
        required=True,
        help="report: report.json, which report and compare read; hgrm: latencies as the "
        "percentiles of HdrHistogram; openmetrics: for the textfile collector of Prometheus; "
        "json, csv: every metric",
    )
    described.add_argument("-o", "--output", metavar="FILE", help="else standard output")
    return described


def main(given: dict[str, Any]) -> int:
    # These import NumPy, which the help does without.
    from mlperf_loadgen.convert.figures import as_csv, as_json
    from mlperf_loadgen.convert.hgrm import as_hgrm
    from mlperf_loadgen.convert.openmetrics import as_openmetrics
    from mlperf_loadgen.convert.reading import read
    from mlperf_loadgen.result.store import as_text, save

    writers = (as_text, as_hgrm, as_openmetrics, as_json, as_csv)
    (record,) = read_results([given["input"]], read)
    try:
        text = dict(zip(_FORMATS, writers, strict=True))[given["to"]](record)
    except ValueError as error:
        raise UsageError(f"{given['input']}: {error}.") from None
    output = given.get("output", "-")
    if output == "-":
        sys.stdout.write(text)
        return Exit.VALID
    path = Path(output)
    if given["to"] == "report":
        path = save(record, path)
    else:
        write_whole(path, text)
    say(f"written: {path}")
    return Exit.VALID

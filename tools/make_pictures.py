"""Makes the pictures of the documentation: the page of a run, and the terminal that it ran in.

``make docs`` runs it. Needs a browser; without one, the pictures stay as they are.
"""

from __future__ import annotations

import argparse
import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mlperf_loadgen.page import write_page
from mlperf_loadgen.result import store

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COMMAND = [
    *("run", "builtin:delay?mean=2ms&servers=4&spread=exponential", "1024"),
    *("--scenario", "Server", "--qps", "1000", "--limit", "15ms"),
]
TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: 18px 22px; background: #14171c; color: #e8eaee; }
pre { margin: 0; font: 14px/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
b { color: #8ab8ff; font-weight: 400; }
</style><pre>%s</pre>"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs/pictures", help="folder")
    parser.add_argument("--duration", default="30s", help="of the run")
    given = parser.parse_args()
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print(f"the pictures stay as they are: no browser is installed ({', '.join(BROWSERS)})")
        return 0
    given.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "--duration", given.duration]
        ran = subprocess.run(
            [sys.executable, "-m", "mlperf_loadgen", *command, "--output", "result"],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        page = write_page([store.load(Path(folder) / "result")], Path(folder) / "page.html")
        terminal = Path(folder) / "terminal.html"
        words = [f"'{word}'" if "&" in word else word for word in command]
        shown = f"{' '.join(words[:3])} \\\n      {' '.join(words[3:])}"
        text = f"<b>$ mlperf-loadgen {html.escape(shown)}</b>\n{html.escape(ran.stdout.rstrip())}"
        terminal.write_text(TERMINAL % text, encoding="utf-8")
        lines = text.count("\n") + 1
        for name, source, width, height, dark in (
            ("page", page, 1180, 1400, False),
            ("page-dark", page, 1180, 1400, True),
            ("terminal", terminal, 720, 36 + round(19.6 * lines), True),
        ):
            take(browser, source, given.to / f"{name}.png", width, height, dark=dark)
    return 0


def take(browser: str, source: Path, target: Path, width: int, height: int, *, dark: bool) -> None:
    """Take a picture of the top of a page."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                *("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"),
                f"--user-data-dir={profile}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                source.as_uri(),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
    print(target)


if __name__ == "__main__":
    sys.exit(main())

"""Both modules, each in a process of its own that lives as long as the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("worker.py")
PEER_VERSION = "6.0.17"

Case = dict[str, Any]
Outcome = dict[str, Any]


def peer_folder() -> Path:
    """Where the peer is installed; says what to do if it is not."""
    folder = Path(os.environ.get("MLPERF_LOADGEN_PEER", ROOT / "build" / "peer"))
    installed = folder / f"mlcommons_loadgen-{PEER_VERSION}.dist-info"
    if not installed.is_dir():
        raise FileNotFoundError(
            f"mlcommons-loadgen {PEER_VERSION} is not in {folder}: run 'make peer', or let "
            "MLPERF_LOADGEN_PEER name the folder that holds it"
        )
    return folder


class Worker:
    """One process that runs cases in turn with one of the modules."""

    def __init__(self, path: Path | None) -> None:
        environment = dict(os.environ)
        if path is not None:
            paths = [str(path), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env=environment,
        )

    def send(self, case: Case) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Outcome:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            raise RuntimeError(f"a worker ended: {self._said.read().decode()[-2000:]}")
        outcome: Outcome = json.loads(line)
        return outcome

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)
        self._said.close()


@dataclass
class Pair:
    """Runs a case with both modules at the same time."""

    ours: Worker = field(default_factory=lambda: Worker(None))
    peer: Worker = field(default_factory=lambda: Worker(peer_folder()))

    def run(self, case: Case) -> tuple[Outcome, Outcome]:
        self.ours.send(case)
        self.peer.send(case)
        return self.ours.receive(), self.peer.receive()

    def run_in_turn(self, case: Case) -> tuple[Outcome, Outcome]:
        """For cases in which time matters: one has the machine while the other waits."""
        self.ours.send(case)
        ours = self.ours.receive()
        self.peer.send(case)
        return ours, self.peer.receive()

    def close(self) -> None:
        self.ours.close()
        self.peer.close()


def values(outcome: Outcome, key: str) -> list[str]:
    """What the detail log says under a key, in order."""
    return [entry[1] for entry in outcome["entries"] if entry[0] == key]


def differences(what: str, ours: object, peer: object) -> Iterable[str]:
    if ours != peer:
        yield f"{what}: ours {shorten(ours)}, peer {shorten(peer)}"


def shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:200] + " ... " + text[-80:]

"""Several processes that write at the same time: started once, told what to do line by line, timed from go to done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import django

Command = dict[str, Any]


class WriterFailed(Exception):
    """A writer stopped in the middle; nothing was measured."""


class Writers:
    """Writer processes that wait for a line and answer with one."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes

    def __len__(self) -> int:
        return len(self._processes)

    def do(self, command: Command) -> tuple[float, list[Command]]:
        """Let all do something at once; returns the seconds until the last is done, and what each answered."""
        for number, process in enumerate(self._processes):
            _pipe(process.stdin).write(json.dumps({**command, "writer": number}) + "\n")
        begun = time.perf_counter()
        for process in self._processes:
            _pipe(process.stdin).flush()
        answers = [_pipe(process.stdout).readline() for process in self._processes]
        seconds = time.perf_counter() - begun
        if not all(answers):
            raise WriterFailed
        return seconds, [json.loads(answer) for answer in answers]


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None, "writers are started with pipes"
    return pipe


@contextmanager
def started(job: str, count: int) -> Iterator[Writers]:
    """Start writers of a job's module, which has `handle(command)`; they end with the block."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "counterfoil.bench.writers", job],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        yield Writers(processes)
    finally:
        for process in processes:
            _pipe(process.stdin).close()
            process.wait()


def main(job: str) -> None:
    """Do what each line asks and answer with a line, until there are no more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    handle = __import__(f"counterfoil.bench.jobs.{job}", fromlist=["handle"]).handle
    for line in sys.stdin:
        print(json.dumps(handle(json.loads(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

"""Run the stages of ./check, say how long each took, and fail at the end if any failed.

./check                        every stage
./check ruff mypy pure         only these
./check sqlite -- -k ledger    what follows `--` goes to pytest
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import postgres_server

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
WORKERS = 2
CHROMIUM_VARIABLE = "COUNTERFOIL_TEST_CHROMIUM"
CORPORA_VARIABLE = "COUNTERFOIL_CORPORA"
PYTEST_FOUND_NOTHING = 5
LONGEST_STAGE = 1_800  # seconds; a stage that hangs fails instead of holding up everything
COUNT = re.compile(r"(\d+) (passed|failed|error|skipped|xfailed|xpassed)")


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of the check.

    `engine` is the database that its tests run on; `is_parallel` stages only read the code and run side by side.
    """

    name: str
    command: Sequence[str]
    engine: str = "sqlite"
    needs_browser: bool = False
    is_parallel: bool = False

    @property
    def is_pytest(self) -> bool:
        """Tell whether the command ends with pytest's line of counts."""
        return self.command[0] == "pytest"


@dataclass(frozen=True, slots=True)
class Result:
    """How a stage ended: wall seconds, pytest's counts when it has some, and a word when something is odd."""

    stage: Stage
    passed: bool
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    note: str = ""


def pytest_command(chosen: str, workers: int = WORKERS) -> list[str]:
    """Return the command that runs the tests chosen by a marker expression; 0 workers is one process without others."""
    slowest = ["--durations", "5", "--durations-min", "3"]
    return ["pytest", "-q", "-n", str(workers), "--dist", "worksteal", *slowest, "-m", chosen]


STAGES = (
    Stage("ruff", ["ruff", "check", "."], is_parallel=True),
    Stage("format", ["ruff", "format", "--check", "."], is_parallel=True),
    Stage("imports", ["lint-imports"], is_parallel=True),
    Stage("mypy", ["mypy"], is_parallel=True),
    Stage("pure", pytest_command("not database and not commit and not browser")),
    Stage("sqlite", pytest_command("(database or commit) and not browser")),
    Stage("postgres", pytest_command("(database or commit) and not browser"), engine="postgres"),
    Stage("browser", pytest_command("browser"), needs_browser=True),
    Stage(
        "browser-postgres", pytest_command("browser and both_engines", workers=0), engine="postgres", needs_browser=True
    ),
)


def run(stage: Stage, environment: Mapping[str, str], extra: Sequence[str], *, is_live: bool) -> tuple[Result, str]:
    """Run one stage to its end and return its result and what it printed; `is_live` shows that at once as well."""
    began = time.monotonic()
    process = subprocess.Popen(
        [*stage.command, *(extra if stage.is_pytest else ())],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    guard = threading.Timer(LONGEST_STAGE, process.kill)
    guard.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if is_live:
            print(line, end="", flush=True)
    code = process.wait()
    guard.cancel()
    seconds = time.monotonic() - began
    note = ""
    if seconds >= LONGEST_STAGE:
        note = f"stopped after {LONGEST_STAGE} s"
    elif stage.is_pytest and code == PYTEST_FOUND_NOTHING:
        note = "no test ran"
    counts = pytest_counts(lines) if stage.is_pytest else Counter()
    return Result(stage, passed=code == 0, seconds=seconds, counts=counts, note=note), "".join(lines)


def pytest_counts(lines: Sequence[str]) -> Counter[str]:
    """Read the counts from pytest's closing line."""
    closing = next((line for line in reversed(lines) if COUNT.search(line) and " in " in line), "")
    return Counter({what: int(number) for number, what in COUNT.findall(closing)})


def heading(text: str) -> None:
    """Print a line that separates the stages."""
    print(f"\n--- {text} ".ljust(100, "-"), flush=True)


def environment_of(stage: Stage, home: str, postgres_url: str = "") -> dict[str, str]:
    """Return the variables of a stage: the tools of this virtual environment first, an empty home, and its database."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1", "COUNTERFOIL_HOME": home}
    environment.pop("DATABASE_URL", None)
    if stage.engine == "postgres":
        environment["DATABASE_URL"] = postgres_url
    if chromium := chromium_path():
        environment[CHROMIUM_VARIABLE] = chromium
    return environment


def chromium_path() -> str | None:
    """Return the path of Chromium, None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get(CHROMIUM_VARIABLE) or next(filter(None, map(shutil.which, names)), None)


def install_chromium() -> str:
    """Install Debian's Chromium; returns what went wrong, empty when nothing did."""
    command = ". scripts/bootstrap.sh && apt_install chromium fonts-liberation"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return "" if done.returncode == 0 and chromium_path() else f"Chromium could not be installed:\n{done.stdout}"


def read_the_code(stages: Sequence[Stage], home: str) -> Iterator[Result]:
    """Run the stages that only read the code, side by side; the output of each is shown when it has ended."""
    with ThreadPoolExecutor(WORKERS) as pool:
        # The longest first: mypy takes one core while the others share the second.
        running = [
            pool.submit(run, stage, environment_of(stage, home), (), is_live=False) for stage in reversed(stages)
        ]
        for future in reversed(running):
            result, output = future.result()
            heading(result.stage.name)
            print(output, end="", flush=True)
            yield result


def run_the_tests(
    stages: Sequence[Stage], home: str, extra: Sequence[str], chromium: Future[str] | None
) -> Iterator[Result]:
    """Run the stages that test, one after the other, with a PostgreSQL server when one of them needs it."""
    with ExitStack() as stack:
        url = ""
        if any(stage.engine == "postgres" for stage in stages):
            url, origin = stack.enter_context(postgres_server.postgres())
            print(f"\nPostgreSQL: {origin}", flush=True)
        for stage in stages:
            heading(stage.name)
            if stage.needs_browser and chromium and (problem := chromium.result()):
                print(problem, flush=True)
                yield Result(stage, passed=False, seconds=0.0, note="no Chromium")
                continue
            yield run(stage, environment_of(stage, home, url), extra, is_live=True)[0]


def summary(results: Sequence[Result], seconds: float) -> str:
    """Return one line a stage, what did not run, and a closing line in pytest's form."""
    lines = []
    for result in results:
        counts = ", ".join(f"{number} {what}" for what, number in result.counts.items())
        word = "passed" if result.passed else "FAILED"
        lines.append(f"{result.stage.name:<18}{word:<8}{result.seconds:>7.1f} s  {result.note or counts}".rstrip())
    if not os.environ.get(CORPORA_VARIABLE):
        lines.append(f"The corpus tests did not run: {CORPORA_VARIABLE} is not set.")
    total = sum((result.counts for result in results), Counter[str]())
    # A stage that failed without a test that failed counts as an error.
    total["error"] += sum(
        not result.passed and not (result.counts["failed"] + result.counts["error"]) for result in results
    )
    total["errors" if total["error"] > 1 else "error"] = total.pop("error")
    order = ("failed", "passed", "skipped", "xfailed", "xpassed", "error", "errors")
    said = ", ".join(f"{total[what]} {what}" for what in order if total[what])
    lines.append(f" {said or 'no tests ran'} in {seconds:.2f}s ".center(100, "="))
    return "\n".join(lines)


def stop_on_signal(number: int, frame: object) -> None:
    """Turn a signal into an exit, so that the server is stopped on the way out."""
    sys.exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Run the named stages, all of them without a name; returns 0 when all passed, 1 when not, 2 on wrong use."""
    end_of_names = arguments.index("--") if "--" in arguments else len(arguments)
    names, extra = arguments[:end_of_names], arguments[end_of_names + 1 :]
    known = [stage.name for stage in STAGES]
    if unknown := [name for name in names if name not in known]:
        print(f"No such stage: {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, stop_on_signal)
    began = time.monotonic()
    stages = [stage for stage in STAGES if not names or stage.name in names]
    with tempfile.TemporaryDirectory(prefix="counterfoil-check-") as home, ThreadPoolExecutor(1) as installer:
        is_browser_missing = any(stage.needs_browser for stage in stages) and not chromium_path()
        chromium = installer.submit(install_chromium) if is_browser_missing else None
        results = list(read_the_code([stage for stage in stages if stage.is_parallel], home))
        results += run_the_tests([stage for stage in stages if not stage.is_parallel], home, extra, chromium)
    heading("summary")
    print(summary(results, time.monotonic() - began), flush=True)
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

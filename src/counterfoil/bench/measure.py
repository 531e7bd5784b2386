"""What an act costs: wall time, processor time here and in the database server, peak memory."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

_PROCESS = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time, of this process and of the database server's process; peak resident memory in MiB.

    `server_s` is 0 for SQLite, which works inside this process, and None where the server's process cannot be seen.
    """

    wall_s: float
    client_s: float
    server_s: float | None
    peak_mib: float

    @property
    def cpu_s(self) -> float:
        """Processor seconds on both sides, as far as they can be seen."""
        return self.client_s + (self.server_s or 0.0)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure; of the memory the highest."""
    servers = [cost.server_s for cost in costs if cost.server_s is not None]
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.client_s for cost in costs),
        statistics.median(servers) if servers else None,
        max(cost.peak_mib for cost in costs),
    )


def ratio_of_cpu(yardstick: Sequence[Cost], ours: Sequence[Cost]) -> float:
    """Return the median over the rounds of yardstick / ours: 1.0 is as fast as the yardstick, 0.25 four times slower.

    Each round is compared with its own yardstick, because a busy machine slows both.
    """
    return statistics.median(limit.cpu_s / cost.cpu_s for limit, cost in zip(yardstick, ours, strict=True))


class Meter:
    """Measures acts on the default database connection."""

    def __init__(self) -> None:
        self._server = _server_process()

    @property
    def sees_the_server(self) -> bool:
        """Tell whether the processor time of the database server counts: it runs in or beside this process."""
        return connection.vendor == "sqlite" or self._server is not None

    def cost_of(self, act: Callable[[], object], *, times: int = 1) -> Cost:
        """Do something and return what it cost, once on average of the `times` it was done.

        What was prepared for it is kept out of the garbage collector's way.
        """
        gc.collect()
        gc.freeze()
        _forget_the_peak()
        server = self._server_seconds()
        wall, client = time.perf_counter(), time.process_time()
        for _ in range(times):
            act()
        wall, client = time.perf_counter() - wall, time.process_time() - client
        spent = self._server_seconds()
        gc.unfreeze()
        seen = None if spent is None or server is None else (spent - server) / times
        return Cost(wall / times, client / times, seen, _peak_mib())

    def _server_seconds(self) -> float | None:
        if connection.vendor == "sqlite":
            return 0.0
        if self._server is None:
            return None
        return int((self._server / "schedstat").read_text("ascii").split()[0]) / 1e9


def _server_process() -> Path | None:
    """Return where Linux shows the server process of this connection, None when it runs elsewhere."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), coalesce(host(inet_server_addr()), '') IN ('', '127.0.0.1', '::1')")
        process, is_near = cursor.fetchone()
    folder = Path(f"/proc/{process}")
    is_it = is_near and (folder / "schedstat").is_file() and "postgres" in (folder / "comm").read_text("ascii")
    return folder if is_it else None


def _forget_the_peak() -> None:
    """Let the kernel count peak memory from here on; where it cannot, the peak is the process's."""
    try:
        (_PROCESS / "clear_refs").write_text("5", "ascii")
    except OSError:
        return


def _peak_mib() -> float:
    for line in (_PROCESS / "status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0

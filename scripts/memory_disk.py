"""Where tests keep what they throw away."""

from __future__ import annotations

import shutil
from pathlib import Path

MEMORY_DISK = Path("/dev/shm")
ROOM_WANTED = 2 << 30  # bytes; containers often have a memory disk of 64 MiB only


def scratch_folder() -> Path | None:
    """Return the memory disk when it has room, None for the system's folder of temporary files.

    What is tested is what a COMMIT means, not how long this machine's disk takes for an fsync.
    """
    has_room = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > ROOM_WANTED
    return MEMORY_DISK if has_room else None

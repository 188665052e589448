"""Two processes never write the same folder at once: the second waits, and then mostly finds the work done.

The lock belongs to the operating system: it is gone with the process that held it, however that one ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


def lock_of(folder: Path) -> FileLock:
    """Make the lock of a folder, a hidden file beside it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f".{folder.name}.lock"))


@contextmanager
def alone(folder: Path, work: str) -> Iterator[None]:
    """Hold the lock of a folder inside this block; `work` says what another process that holds it is doing."""
    lock = lock_of(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process is {work}; waiting for it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()

"""How much memory a step took, its worker processes included."""

from __future__ import annotations

import threading
from types import TracebackType

import psutil  # ipykernel brings it


class PeakMemory:
    """Watch the memory of this process's children twice a second while a block runs.

    `peak_mb` afterwards is the largest sum of their resident memory, in MB (pages that workers share count
    once for each, so it is an upper bound).
    """

    def __init__(self, every_s: float = 0.5) -> None:
        self.peak_mb = 0
        self._every_s = every_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(self._every_s):
            total = 0
            for child in me.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.Error:  # it ended meanwhile
                    continue
            self.peak_mb = max(self.peak_mb, total // 1_000_000)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

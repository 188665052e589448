"""Where things are, for tests that need more than a fixture."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find_browser() -> str | None:
    """A Chromium or Chrome of this machine; tests download none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, names)), None)


def run_cli(*arguments: str, timeout_s: float = 1_500) -> subprocess.CompletedProcess[str]:
    """What run_all.sh hands over to, in this Python."""
    return subprocess.run(
        [sys.executable, "-m", "songsim_lib.cli", *arguments],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )

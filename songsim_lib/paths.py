"""Where am I, and where do data, cache and runs live?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPOSITION = ROOT / "data" / "composition"  # the network that comes with the project
CALIBRATION = ROOT / "data" / "calibration"  # what unrelated works reach
SWEEP = ROOT / "data" / "sweep"  # a small search over hyper-parameters
DRIVE = Path("/content/drive/MyDrive")  # the reader's Google Drive, once it is mounted in Colab
KAGGLE_WORKING = Path("/kaggle/working")  # what Kaggle keeps of a session


def platform(environ: Mapping[str, str] = os.environ) -> str:
    """Name the place the study runs in: "kaggle", "colab" or "local".

    Kaggle's image sets Colab's variables too, so Kaggle is tested first.
    """
    if environ.get("KAGGLE_KERNEL_RUN_TYPE"):
        return "kaggle"
    if environ.get("COLAB_RELEASE_TAG") or environ.get("COLAB_GPU"):
        return "colab"
    return "local"


@dataclass(frozen=True)
class Paths:
    """The folders of one study: `output` holds `cache` (feature stores) and `runs` (everything measured)."""

    output: Path

    @property
    def cache(self) -> Path:
        """Feature stores; can always be rebuilt."""
        return self.output / "cache"

    @property
    def runs(self) -> Path:
        """Executed notebooks, figures, reports and trained models."""
        return self.output / "runs"


def locate(output: str = "") -> Paths:
    """Find the study's folders.

    Parameters
    ----------
    output : folder that receives `cache/` and `runs/`; empty means the one that outlives a session on Colab (in
        Drive, once that is mounted) or Kaggle, elsewhere `data/` beside the library (of the working folder, when the
        library's place is read-only).
    """
    return Paths(output=Path(output).expanduser().resolve() if output else _default_output())


def _default_output() -> Path:
    """Choose the folder that outlives a hosted session, else `data/` of the project or of the working folder."""
    if platform() == "colab" and DRIVE.is_dir():
        return DRIVE / "songsim"
    if platform() == "kaggle" and KAGGLE_WORKING.is_dir():
        return KAGGLE_WORKING / "data"
    data = ROOT / "data"
    return data if os.access(data, os.W_OK) else Path.cwd() / "data"

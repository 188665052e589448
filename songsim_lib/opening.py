"""What every notebook does and says first: on what it runs, with what, and where its results go."""

from __future__ import annotations

import platform
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import pandas as pd

from songsim_lib import compiled, hardware, hosted, parameters
from songsim_lib.paths import ROOT

if TYPE_CHECKING:
    from songsim_lib.study import Study

SHOWN_VERSIONS = ("torch", "torchvision", "librosa", "audiomentations", "numpy", "pandas")


def describe(study: Study) -> None:
    """Print what runs here: versions, machine, profile, folders; and show tables whole from now on.

    Raises
    ------
    ChoiceError : papermill was given a parameter that the notebook does not have.
    """
    parameters.check()
    compiled.ready()
    pd.set_option("display.max_colwidth", None)  # tables are shown whole
    warnings.filterwarnings("ignore", message="IProgress not found")  # bars are plain text by choice
    found = {name: _version(name) for name in SHOWN_VERSIONS}
    results = study.folder.relative_to(ROOT) if study.folder.is_relative_to(ROOT) else study.folder
    print(f"songsim {_version('songsim', f'in {ROOT}')} · Python {platform.python_version()} · "
          + " · ".join(f"{name} {number}" for name, number in found.items()))
    print(f"device   {hardware.gpu_name() or hardware.cpu_name()}")
    print(f"profile  {study.profile.name}: {study.profile.purpose}")
    print(f"source   {study.source}, seed {study.seed}")
    print(f"results  {results}")
    for sentence in hosted.advice():
        print(f"WARNING  {sentence}")


def _version(package: str, otherwise: str = "not installed") -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return otherwise

"""One run of the study: what was asked for, and where its files lie. Every notebook begins with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songsim_lib import sheets
from songsim_lib.config import AudioSpec
from songsim_lib.files import atomic, read_json, write_json
from songsim_lib.paths import Paths, locate
from songsim_lib.profiles import Profile, choose_profile
from songsim_lib.source_choice import SourceChoice

if TYPE_CHECKING:  # notebooks that draw no catalog or figure start faster without these
    import pandas as pd
    from matplotlib.figure import Figure

    from songsim_lib.store import FeatureStore


@dataclass(frozen=True)
class Study:
    """One run of the study, named by its source, profile and seed.

    Parameters
    ----------
    source : name, with options where it has any ("tunebook:size=full"); see `songsim_lib.source_choice`.
    profile : a profile, or the name of one, as on the command line.
    seed : non-negative; fixes recordings, splits, augmentations, batches and weights.
    output : folder for `cache/` and `runs/`; empty means `data/` of the project.

    Raises
    ------
    ChoiceError, ValueError : for a wrong name, option or seed; lists what is valid.
    """

    source: str
    profile: Profile
    seed: int = 0
    output: str = ""
    spec: AudioSpec = field(default_factory=AudioSpec)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", str(SourceChoice.of(self.source).for_training()))
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise ValueError(f"seed must be a whole number from 0 up, not {self.seed!r}")
        if isinstance(self.profile, str):
            object.__setattr__(self, "profile", choose_profile(self.profile))

    @property
    def choice(self) -> SourceChoice:
        """The source with its options."""
        return SourceChoice.of(self.source)

    @property
    def name(self) -> str:
        """Source with its options, profile and seed, as used in folder names."""
        return f"{self.choice.slug}-{self.profile.name}-s{self.seed}"

    @property
    def paths(self) -> Paths:
        """The folders of this study."""
        return locate(self.output)

    @property
    def store_folder(self) -> Path:
        """Catalog and feature store."""
        return self.paths.cache / self.name

    @property
    def folder(self) -> Path:
        """Executed notebooks, figures, tables, results and the report."""
        return self.paths.runs / f"study-{self.name}"

    def run_folder(self, experiment: str, repeat: int = 0) -> Path:
        """Find the folder of one training run; `repeat` counts the trainings of one experiment from 0."""
        return self.paths.runs / (f"{experiment}-{self.name}" + (f"-r{repeat}" if repeat else ""))

    def describe(self) -> None:
        """Print what runs here: versions, machine, profile, folders; and show tables whole from now on.

        Raises
        ------
        ChoiceError : papermill was given a parameter that the notebook does not have.
        """
        from songsim_lib import opening

        opening.describe(self)

    @cached_property
    def device(self) -> Any:
        """The torch device that trains."""
        from songsim_lib.device import best_device

        return best_device()

    def catalog(self) -> pd.DataFrame:
        """Read the recordings that triplets are made of: those of training and validation works, with `split`.

        Raises
        ------
        CatalogError : notebook 00_data has not run.
        """
        from songsim_lib import catalog

        return catalog.load(self.store_folder / "catalog.parquet")

    def unseen(self) -> pd.DataFrame:
        """Read all recordings of the source whose works no model has trained on: `split` is validation or test.

        Raises
        ------
        CatalogError : notebook 00_data has not run.
        """
        from songsim_lib import catalog

        return catalog.load(self.store_folder / "unseen.parquet")

    def store(self) -> FeatureStore:
        """Open the feature store of this study.

        Raises
        ------
        StoreError : it is absent, unfinished or made with other audio settings.
        """
        from songsim_lib.store import FeatureStore

        return FeatureStore.open(self.store_folder, self.spec)

    def save_figure(self, figure: Figure | str, name: str) -> Path:
        """Save a figure as `figures/<name>.png`, or a drawing that is SVG text as `figures/<name>.svg`."""
        path = self.folder / "figures" / f"{name}.{'svg' if isinstance(figure, str) else 'png'}"
        with atomic(path) as temporary:
            if isinstance(figure, str):
                temporary.write_text(figure, encoding="utf-8")
            else:
                figure.savefig(temporary, dpi=150)
        return path

    def save_table(self, table: pd.DataFrame, name: str) -> Path:
        """Save a table as `tables/<name>.csv`."""
        path = self.folder / "tables" / f"{name}.csv"
        sheets.write(table, path)
        return path

    def results(self) -> dict[str, Any]:
        """Read what the notebooks have found so far."""
        return read_json(self.folder / "results.json", default={})

    def save_results(self, section: str, values: Any) -> None:
        """Put a section of findings (plain values) into `results.json`, in place of an earlier one."""
        write_json(self.folder / "results.json", self.results() | {section: values})

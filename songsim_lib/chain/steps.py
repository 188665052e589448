"""The steps of a chain, and what they may be given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from songsim_lib.chain.execute import declared_parameters
from songsim_lib.chain.keys import READS


class ChainError(RuntimeError):
    """The chain stopped, or could not start; the message says why and what to do."""


@dataclass(frozen=True)
class Step:
    """One notebook with its parameters; `wanted` is False when this run leaves it out."""

    notebook: Path
    parameters: dict[str, object] = field(default_factory=dict)
    wanted: bool = True

    @property
    def name(self) -> str:
        """The notebook's name without its ending, "00_data"."""
        return self.notebook.stem


@dataclass(frozen=True)
class Chain:
    """Steps that work in one study folder.

    `products` are the other folders the steps write to (feature store, runs), `corpus` is the one they
    read, `reads` what some of them read beside it (as `step_keys` takes it). `study` is what the journal and the
    report say about the run.
    """

    steps: Sequence[Step]
    folder: Path
    products: Iterable[Path] = ()
    corpus: Path | None = None
    reads: Mapping[str, Sequence[Path]] = field(default_factory=lambda: READS)
    study: dict[str, object] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        """What is finished: key, time, memory and files of each step."""
        return self.folder / "steps.json"

    def files(self) -> list[str]:
        """Every file the steps have made so far, relative to the study folder."""
        hidden = {self.journal.name, "report.html"}
        found = (
            path for folder in (self.folder, *self.products) for path in folder.rglob("*") if path.is_file()
        )
        return sorted(
            os.path.relpath(path, self.folder)
            for path in found
            if path.name not in hidden and not path.name.startswith(".")
        )


def check_parameters(steps: Sequence[Step]) -> None:
    """Refuse a parameter that a notebook does not declare: papermill would set it and nothing would read it.

    Raises
    ------
    ChainError : names the notebook, the parameter and the ones it has.
    """
    for step in steps:
        declared = declared_parameters(step.notebook)
        for name in step.parameters:
            if name not in declared:
                raise ChainError(
                    f"{step.notebook.name} has no parameter {name!r}; "
                    f"its cell tagged `parameters` declares: {', '.join(sorted(declared)) or 'none'}"
                )

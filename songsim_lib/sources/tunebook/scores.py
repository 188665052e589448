"""Songs and quartets of the OpenScore project: which scores there are, and who wrote them."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from songsim_lib.files import atomic

LIST = "scores.csv"
COLUMNS = ("file", "composer", "born", "died", "set", "title", "source", "sha256")


class ScoreError(ValueError):
    """A score that cannot be played; the message says why."""


@dataclass(frozen=True)
class Score:
    """One OpenScore file and what the index knows about it."""

    score_id: str
    path: Path
    repertoire: str
    composer: str
    born: int | None
    died: int | None
    title: str
    collection: str | None
    source: str


def collect(folder: Path) -> list[Score]:
    """Every score of a folder, with its composer's name and dates, in a fixed order.

    folder : either one with OpenScore's index.csv and composers' tables, or one that `openscore.fetch` filled.

    Raises
    ------
    ScoreError : the folder has neither scores.csv nor index.csv with the expected columns.
    """
    folder = folder.resolve()  # one name for a file: what was read is kept under it
    return _listed(folder) if (folder / LIST).is_file() else _indexed(folder)


def save_list(scores: Iterable[Score], path: Path) -> None:
    """Write what is known of scores as a table that `collect` reads back, with a hash of each file.

    Columns: file (below its repertoire's folder), composer, born, died, set, title, source (folder in its public
    repository), sha256 (first 16 hex digits).
    """
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for score in scores:
            place = score.source.removesuffix(f"/{score.path.name}")
            writer.writerow([f"{score.path.parent.name}/{score.path.name}", score.composer, score.born, score.died,
                             score.collection, score.title, place, short_hash(score.path.read_bytes())])


def short_hash(content: bytes) -> str:
    """First 16 hex digits of the sha256."""
    return hashlib.sha256(content).hexdigest()[:16]


def _listed(folder: Path) -> list[Score]:
    table = pd.read_csv(folder / LIST, dtype=str, keep_default_na=False)
    if list(table.columns) != list(COLUMNS):
        raise ScoreError(f"{folder / LIST}: its columns should be {', '.join(COLUMNS)}")
    return [
        Score(Path(file).stem, folder / file, Path(file).parent.name, composer, _year(born), _year(died), title,
              group or None, f"{source}/{Path(file).name}")
        for file, composer, born, died, group, title, source, _ in table.itertuples(index=False)
    ]


def _indexed(folder: Path) -> list[Score]:
    try:
        index = pd.read_csv(folder / "index.csv", dtype=str)
        rows = index[["file", "composer", "set", "title", "repo", "path"]]
    except (OSError, KeyError, ValueError) as error:
        raise ScoreError(f"{folder}: no usable index.csv ({error}); "
                         "--scores takes the folder that has it") from error
    people = {**_people(folder / "lieder_composers.tsv"), **_people(folder / "quartets_composers.tsv")}
    scores = []
    for file, composer, group, title, repo, path in rows.itertuples(index=False):
        name, born, died = people.get(path.split("/")[1], (_first_name_first(composer), None, None))
        kind = "lieder" if file.startswith("lieder") else "quartets"
        group = None if pd.isna(group) or not str(group).strip(" _") else str(group)
        scores.append(Score(Path(file).stem, folder / file, kind, name, born, died,
                            re.sub(r"^\d+[a-z]?\s+(?=\S)", "", str(title)), group, f"{repo}/{path}"))
    return scores


def _first_name_first(name: str) -> str:
    """ "Zemlinsky, Alexander von" as one says it."""
    family, _, first = name.partition(", ")
    return f"{first} {family}".strip()


def _people(path: Path) -> dict[str, tuple[str, int | None, int | None]]:
    """Folder name of a composer -> name, birth and death year."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, sep="\t", dtype=str)
    columns = table[["path", "name", "born", "died"]].itertuples(index=False)
    return {path: (name, _year(born), _year(died)) for path, name, born, died in columns}


def _year(text: object) -> int | None:
    return int(text) if isinstance(text, str) and re.fullmatch(r"\d{4}", text) else None

"""Songs and quartets of the OpenScore project: which scores there are, and who wrote them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


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
    """Every score listed in `folder`/index.csv, with its composer's name and dates.

    Raises
    ------
    ScoreError : the folder has no index.csv with the expected columns.
    """
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

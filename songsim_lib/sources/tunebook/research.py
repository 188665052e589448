"""Scores for research at home: Essen folk songs, Bach chorales, Palestrina, from music21's corpus.

Their terms (FACTS, section 7) allow no redistribution: whatever is rendered from them stays on the machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from songsim_lib.files import write_text

from .scores import Score
from .tunes import Tune, corpus_folder, split

NOTICE = "NEVER-REDISTRIBUTE.txt"
NOTICE_TEXT = """Never redistribute what is in this folder.

Some of these recordings are rendered from encodings that their makers did not release for redistribution (column
`redistributable` of catalog.parquet is False; `licence` gives the terms of each). They are for research on this
machine: do not commit, upload or pass them on, nor models trained on them without reading those terms first.
"""
GERMAN_KEYS = {"H": "B", "Es": "Eb"}
VOICES = {"bach": ("Johann Sebastian Bach", 1685, 1750), "palestrina": ("Giovanni Pierluigi da Palestrina", 1525, 1594)}


def collect(folder: Path | None = None) -> list[Tune | Score]:
    """Every score of the three research repertoires, in a fixed order.

    folder : music21's corpus (default: the installed one).
    """
    folder = folder or corpus_folder()
    return [*essen(folder / "essenFolksong"), *chorales(folder / "bach"), *palestrina(folder / "palestrina")]


def essen(folder: Path) -> list[Tune]:
    """The songs of the Essen collection, less its four test files, which repeat songs of the others."""
    songs = []
    for path in sorted(folder.glob("*.abc")):
        if path.stem.startswith("test"):
            continue
        for number, abc in split(path):
            name = f"essen-{path.stem.lower()}-{number:04d}"
            tune = Tune(name, "essen", _plain_header(abc), f"music21 corpus/essenFolksong/{path.name}, X:{number}"
                        + _region(abc))
            if tune.field("T") and tune.field("K"):
                songs.append(tune)
    return songs


def _region(abc: str) -> str:
    """Where a song was collected ("; Europa, Luxemburg"), as its O: field says."""
    found = re.search(r"(?m)^O:\s*(.*\S)", abc)
    return f"; {found[1]}" if found else ""


def _plain_header(abc: str) -> str:
    """Title, meter, unit, key and notes: the other fields hold signatures that look like names of transcribers.

    A line holds a phrase and has no bar line at its end; without one, the next phrase would go on in its last bar.
    """
    lines = []
    for line in abc.split("\n"):
        field = re.match(r"([A-Za-z]):\s*(.*)", line)
        if field is None:
            lines.append(f"{line} |" if line.strip() else "")
        elif field[1] == "K":
            lines.append(f"K:{GERMAN_KEYS.get(field[2].strip(), field[2])}")
        elif field[1] in "XTML":
            lines.append(f"{field[1]}:{field[2].rstrip(' ]')}")
    return "\n".join(lines)


def chorales(folder: Path) -> list[Score]:
    """Bach's four-part chorales, named by their BWV number, and by their first line where music21 knows it."""
    from music21.corpus.chorales import ChoraleListRKBWV

    titles = {number: known["title"] for number, known in ChoraleListRKBWV().byBWV.items()}
    files = {path.stem: path for path in sorted(folder.glob("bwv*")) if path.suffix in {".mxl", ".xml", ".krn"}}
    scores = []
    for path in files.values():  # three chorales are there twice, as .krn and as .mxl: one of each
        number = path.stem.removeprefix("bwv")
        line = titles.get(number.split("-")[0])
        title = f"{line} (BWV {number})" if line else f"Chorale BWV {number}"
        scores.append(_score("bach", path, title, None))
    return scores


def palestrina(folder: Path) -> list[Score]:
    """Sections of Palestrina's masses, named by what their files say of section and mass."""
    scores = []
    for path in sorted(folder.glob("*.krn")):
        head = dict(re.findall(r"(?m)^!!!(OTL|OPR):[ \t]*(.*\S)", path.read_text(encoding="latin-1")))
        scores.append(_score("palestrina", path, head.get("OTL", path.stem), head.get("OPR")))
    return scores


def _score(repertoire: str, path: Path, title: str, collection: str | None) -> Score:
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())
    composer, born, died = VOICES[repertoire]
    source = f"music21 corpus/{path.parent.name}/{path.name}"
    return Score(f"{repertoire}-{name}", path, repertoire, composer, born, died, title, collection, source)


def put_notice(folder: Path) -> None:
    """Write NEVER-REDISTRIBUTE.txt into a folder that holds recordings of such scores."""
    write_text(folder / NOTICE, NOTICE_TEXT)

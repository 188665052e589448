"""Fiddle tunes of Ryan, O'Neill and Aird, read from the ABC files that come with music21."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .repertoires import REPERTOIRES

FOLDERS = {"ryan": "ryansMammoth", "oneill": "oneills1850", "aird": "airdsAirs"}  # in music21's corpus
AIRD_VOLUME_ONE = 1778  # the only volume whose file names a year ("1778, often cited as 1782")
GENRES = (
    "slip jig", "double jig", "jig", "reel", "hornpipe", "strathspey", "highland fling", "fling", "clog",
    "waltz", "march", "air", "slide", "walkaround", "quickstep", "minuet", "gavotte", "cotillion", "polka",
    "schottische",
)
_SPELLINGS = {"slipjig": "slip jig", "quick step": "quickstep", "quick march": "march", "minuetto": "minuet"}
_NO_COMPOSER = re.compile(
    r"(?i)irish|scotch|west india|highland|gaelic|french|wel[cs]h|virginian|collected|reel|jig|negro|set\b|"
    r"march|lady|trad|sung|_|\.\."
)
# What the files say of who typed a tune -> the name; the most particular signs first.
TRANSCRIBERS = {
    "Ray Davies": "Ray Davies", "Chambers": "John Chambers", "Puckette": "Bob Puckette", "Walsh": "John B. Walsh",
    "Ivan Bradley": "Ivan Bradley", "Safranek": "Bob Safranek", "Paul de Grae": "Paul de Grae",
    "Trish": "Trish O'Neil", "Petersen": "Dan G. Petersen", "Stephen Foy": "Stephen Foy",
    "Michael Hogan": "Michael Hogan", "Keays": "Tom Keays", "Chris Falt": "Chris Falt",
    "Norbert Paap": "Norbert Paap", "Wooldridge": "Dave Wooldridge", "Robert Thorpe": "Robert Thorpe",
    "WORMAN": "A. Lee Worman", "Terhorst": "Nick Terhorst", "Ted Hastings": "Ted Hastings",
    "norbeck": "Henrik Norbeck", "Norbeck": "Henrik Norbeck", "Campin": "Jack Campin",
}


@dataclass(frozen=True)
class Tune:
    """One tune as text: where it stands, its ABC and what its header says."""

    score_id: str
    repertoire: str
    abc: str
    source: str = "unknown"

    def field(self, letter: str) -> list[str]:
        """All values of one header field, quotes and comments removed, in order."""
        found = re.findall(rf"(?m)^{letter}:([^\n%]*)", self.abc)
        return [value.strip().strip('"').strip() for value in found if value.strip().strip('"').strip()]

    @property
    def title(self) -> str:
        """The first title, without shouting and without the dance behind the dash (that is its genre)."""
        title = re.sub(r"\s+--\s+.*$", "", self.field("T")[0]).strip(" .,")
        letters = [c for c in title if c.isalpha()]
        if sum(c.isupper() for c in letters) > 0.7 * len(letters):
            title = string.capwords(title)
        return title[:1].upper() + title[1:]

    @property
    def genre(self) -> str | None:
        """The kind of dance, from the R: field or else from the title; None where neither names one."""
        for text in [*self.field("R"), *self.field("T")]:
            low = text.lower()
            for wrong, right in _SPELLINGS.items():
                low = low.replace(wrong, right)
            for genre in GENRES:
                if re.search(rf"\b{genre}\b", low) and (genre != "air" or self.field("R")):
                    return genre
        return None

    @property
    def composer(self) -> str | None:
        """The composer named in the C: field; in O'Neill's book that field names who supplied the tune."""
        for text in self.field("C"):
            name = re.sub(r"(?i)^(composed )?by ", "", text).strip(" .")
            known = "Carolan" in name if self.repertoire == "oneill" else not _NO_COMPOSER.search(name)
            if len(name) > 3 and known:
                return re.sub("[A-Z]+", lambda word: word[0].capitalize(), name) if name.isupper() else name
        return None

    @property
    def year(self) -> int | None:
        """Publication year of the collection; of Aird's volumes only the first names one."""
        if self.score_id.startswith("aird-1-"):
            return AIRD_VOLUME_ONE
        return REPERTOIRES[self.repertoire].year

    @property
    def transcriber(self) -> str | None:
        """Who typed the tune, as its Z: and N: fields say; None where they name nobody we know of."""
        said = " ".join([*self.field("Z"), *self.field("N"), *self.field("S")])
        return next((name for sign, name in TRANSCRIBERS.items() if sign in said), None)


def corpus_folder() -> Path:
    """Where music21 keeps its corpus."""
    import music21

    return Path(music21.__file__).parent / "corpus"


def collect(folder: Path | None = None) -> list[Tune]:
    """Every tune of the three collections, in a fixed order; a number met twice counts once."""
    folder = folder or corpus_folder()
    tunes: dict[str, Tune] = {}
    for repertoire, name in FOLDERS.items():
        for path in sorted((folder / name).glob("*.abc")):
            for number, abc in split(path):
                source = f"music21 corpus/{name}/{path.name}, X:{number}"
                tune = Tune(_identity(repertoire, path, number), repertoire, abc, source)
                if tune.field("T") and tune.field("K"):
                    tunes.setdefault(tune.score_id, tune)
    return list(tunes.values())


def _identity(repertoire: str, path: Path, number: int) -> str:
    if repertoire == "aird":
        return f"aird-{path.stem[-1]}-{number:04d}"
    if repertoire == "ryan":
        return "ryan-" + re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", path.stem).lower())
    return f"oneill-{number:04d}"


def split(path: Path) -> Iterator[tuple[int, str]]:
    """The tunes of one ABC file, each from its X: line to the next."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for block in re.split(r"(?m)^(?=X:)", text)[1:]:
        match = re.match(r"X:\s*(\d+)", block)
        if match:
            yield int(match.group(1)), block

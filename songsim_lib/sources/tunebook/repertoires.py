"""The repertoires of the corpus: what kind of music each is, where it comes from and on what terms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Repertoire:
    """One repertoire. `kind` decides how it is performed: "tune" (a melody that gets a band), "song" (a voice
    and its piano) or "ensemble" (parts of equal right). `collection` and `year` describe a printed collection;
    both are None where every score has its own."""

    name: str
    kind: str
    label: str
    origin: str
    terms: str
    redistributable: bool = True
    collection: str | None = None
    year: int | None = None


_TUNE_TERMS = "public-domain tune; transcribers named, no terms"
_ALL = (
    Repertoire("lieder", "song", "art song", "OpenScore Lieder Corpus", "CC0 1.0"),
    Repertoire("quartets", "ensemble", "string quartet", "OpenScore String Quartets", "CC0 1.0"),
    Repertoire("ryan", "tune", "fiddle tune", "music21's corpus, ABC", _TUNE_TERMS,
               collection="Ryan's Mammoth Collection", year=1883),
    Repertoire("oneill", "tune", "fiddle tune", "music21's corpus, ABC", _TUNE_TERMS,
               collection="O'Neill's Music of Ireland", year=1903),
    Repertoire("aird", "tune", "fiddle tune", "music21's corpus, ABC", _TUNE_TERMS,
               collection="Aird's Selection of Airs"),
    # What follows is for research on one's own machine only (`--research`); nothing made of it is committed.
    Repertoire("essen", "tune", "folk song", "music21's corpus, ABC", "non-commercial use; legal status unclear",
               redistributable=False, collection="Essen Folksong Collection"),
    Repertoire("bach", "ensemble", "chorale", "music21's corpus", "rights of the encoders; research only",
               redistributable=False),
    Repertoire("palestrina", "ensemble", "mass", "music21's corpus, Humdrum",
               "copyright 2000 John Miller, all rights to derivative formats reserved; research only",
               redistributable=False),
)
REPERTOIRES = {repertoire.name: repertoire for repertoire in _ALL}


def shown(name: str) -> str:
    """Name a repertoire as a reader knows it: the printed collection, or what the scores are; any other as it is."""
    known = REPERTOIRES.get(name)
    return str(known.collection or known.origin) if known else name

"""The numbers of the corpus's datasheet, counted from its catalog."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from songsim_lib.files import atomic

ORIGINS = {
    "lieder": ("OpenScore Lieder Corpus", "CC0 1.0"),
    "quartets": ("OpenScore String Quartets", "CC0 1.0"),
    "tunes": ("Ryan 1883, O'Neill 1903, Aird 1778-1803, as ABC in music21's corpus",
              "public-domain tunes; transcribers named, no terms"),
}


def refresh(path: Path, table: pd.DataFrame) -> None:
    """Put the numbers of an edition between the markers of its README.md, if it has one.

    A marked passage stands between `<!-- name -->` and `<!-- /name -->`; names: `size`, `repertoires`,
    `versions`, `transcribers`.
    """
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for name, content in passages(path.parent, table).items():
        pattern = rf"(<!-- {name} -->)(.*?)(<!-- /{name} -->)"
        text = re.sub(pattern, rf"\g<1>{content}\g<3>", text, flags=re.DOTALL)
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def passages(folder: Path, table: pd.DataFrame) -> dict[str, str]:
    """The marked passages: size, the table of repertoires, versions, and names to thank."""
    megabytes = sum((folder / path).stat().st_size for path in table["path"]) / 1e6
    lines = ["", "| repertoire | works | recorded twice | recordings | from | terms |", "|---|---|---|---|---|---|"]
    for name, group in table.groupby("repertoire"):
        works = group["work_id"].value_counts()
        origin, terms = ORIGINS[str(name)]
        lines.append(f"| {name} | {len(works)} | {(works == 2).sum()} | {len(group)} | {origin} | {terms} |")
    first = table.iloc[0]
    names = sorted(table["transcriber"].dropna().unique(), key=lambda person: person.split()[-1])
    return {
        "size": f"{table['work_id'].nunique()} works, {len(table)} recordings of 13 s, {megabytes:.1f} MB",
        "repertoires": "\n".join([*lines, ""]),
        "versions": f"FluidSynth {first['fluidsynth']}, {first['sound_font']} "
                    f"(sha256 {first['sound_font_sha256'][:16]}...)",
        "transcribers": ", ".join(names),
    }

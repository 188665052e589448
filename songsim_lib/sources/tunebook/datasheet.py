"""The numbers of the corpus's datasheet, counted from its catalog."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

from songsim_lib.files import write_text

from . import families, variants
from .repertoires import REPERTOIRES


def refresh(path: Path, table: pd.DataFrame) -> None:
    """Put the numbers of an edition between the markers of its README.md, if it has one.

    A marked passage stands between `<!-- name -->` and `<!-- /name -->`; names: `size`, `repertoires`, `versions`,
    `transcribers`, `variants`, `judged`, `borrowings`.
    """
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for name, content in passages(path.parent, table).items():
        pattern = rf"(<!-- {name} -->)(.*?)(<!-- /{name} -->)"
        said = content.replace("\\", r"\\")
        text = re.sub(pattern, rf"\g<1>{said}\g<3>", text, flags=re.DOTALL)
    write_text(path, text)


def passages(folder: Path, table: pd.DataFrame) -> dict[str, str]:
    """The marked passages that can be counted from the files in the folder."""
    megabytes = sum((folder / path).stat().st_size for path in table["path"]) / 1e6
    first = table.iloc[0]
    names = sorted(table["transcriber"].dropna().unique(), key=lambda person: person.split()[-1])
    found = {
        "size": f"{table['work_id'].nunique():,} works, {len(table):,} recordings of 13 s, {megabytes:.1f} MB",
        "repertoires": _repertoires(table),
        "versions": f"FluidSynth {first['fluidsynth']}, {first['sound_font']} "
                    f"(sha256 {first['sound_font_sha256'][:16]}...)",
        "transcribers": ", ".join(names),
    }
    makers = {"variants.parquet": ("variants", _variants), "judged.csv": ("judged", _judged),
              "borrowings.csv": ("borrowings", _borrowings)}
    for file, (name, maker) in makers.items():
        if (folder / file).is_file():
            read = pd.read_parquet if file.endswith("parquet") else pd.read_csv
            found[name] = maker(read(folder / file))
    return found


def _repertoires(table: pd.DataFrame) -> str:
    """A table: scores, scores recorded twice, recordings and share of each repertoire."""
    lines = ["", "| repertoire | scores | recorded twice | recordings | share | from | terms |",
             "|---|---|---|---|---|---|---|"]
    for name, group in table.groupby("repertoire"):
        scores, about = group["score_id"].value_counts(), REPERTOIRES[str(name)]
        origin = f"{about.collection}: {about.origin}" if about.collection else about.origin
        lines.append(f"| {name} | {len(scores)} | {(scores == 2).sum()} | {len(group)} "
                     f"| {len(group) / len(table):.0%} | {origin} | {about.terms} |")
    several = int((table.groupby("work_id")["score_id"].nunique() > 1).sum())
    return "\n".join([*lines, "", f"{several} works are heard from two or three collections, one score of each.", ""])


def _variants(pairs: pd.DataFrame) -> str:
    """What the comparison found, in one sentence."""
    works = variants.works({*pairs["score_a"], *pairs["score_b"]}, pairs)
    groups = families.families(pairs, works)
    across = pairs[pairs["repertoire_a"] != pairs["repertoire_b"]]
    return (f"{len(pairs):,} confirmed pairs join {len(works):,} scores into {len(set(works.values())):,} works; "
            f"{len(groups)} of these are in two or three collections of tunes, {sum(len(g) == 3 for g in groups)} in "
            f"all three. Of the {len(across):,} pairs across collections only {across['same_title'].mean():.0%} have "
            f"the same title.")


def _judged(judged: pd.DataFrame) -> str:
    """The precision with its interval (Wilson, 95 %)."""
    right = int((judged["verdict"] == "same").sum())
    low, high = binomtest(right, len(judged)).proportion_ci(method="wilson")
    others = judged.loc[judged["verdict"] != "same", "verdict"].value_counts().to_dict()
    return (f"{right} of {len(judged)} right ({right / len(judged):.0%}, 95 % interval {low:.0%} to {high:.0%}); "
            f"the others: {', '.join(f'{count} {verdict}' for verdict, count in others.items()) or 'none'}")


def _borrowings(found: pd.DataFrame) -> str:
    """A table of the passages somebody has explained."""
    lines = ["", "| bars | of | answer bars | of | what it is |", "|---|---|---|---|---|"]
    for row in found[found["what_it_is"].fillna("") != ""].itertuples():
        ends = [f"{title}{f' ({composer})' if isinstance(composer, str) else ''}" for title, composer in
                ((row.title_a, row.composer_a), (row.title_b, row.composer_b))]
        lines.append(f"| {row.bars_a} | {ends[0]} | {row.bars_b} | {ends[1]} | {row.what_it_is} |")
    return "\n".join([*lines, ""])

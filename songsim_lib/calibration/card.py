"""What the calibration rests on and whether it keeps its word: for notebook 09, and as a datasheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from songsim_lib.calibration import measuring, reliability, shipped
from songsim_lib.calibration.model import BOTH, UNRELATED, Calibration
from songsim_lib.calibration.statement import ALARM
from songsim_lib.files import read_json, write_text
from songsim_lib.metrics import Estimate

RESULTS = "results.json"
SETS = {"songs": "works played anew, 8 s to 3 min", "clips": "the committed recordings, 13 s",
        "music": "real recordings, up to 30 s"}


def results(folder: Path = shipped.FOLDER) -> dict[str, Any]:
    """Read what was measured on test works.

    Raises
    ------
    FileNotFoundError, ValueError : it is absent or damaged; names the file.
    """
    path = folder / RESULTS
    found = read_json(path)
    if found is None:
        raise FileNotFoundError(f"{path} is not there: {shipped.RESTORE}")
    if missing := {"sets", "passages", "claims"} - set(found):
        raise ValueError(f"{path} lacks {', '.join(sorted(missing))}: {shipped.RESTORE}")
    return found  # type: ignore[no-any-return]


def by_kind(known: Calibration, pairs: pd.DataFrame) -> dict[str, Any]:
    """Sort log-likelihood ratios by what the pairs are: unrelated ones first [shape=(n,)] each."""
    ratios = measuring.log_ratios(known, pairs)
    kinds = [UNRELATED, *sorted(set(pairs["kind"]) - {UNRELATED}, reverse=True)]
    return {kind: ratios[(pairs["kind"] == kind).to_numpy()] for kind in kinds}


def curves(known: Calibration, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give the reliability curve of each set of test pairs (`reliability.curve`), by its name."""
    return {SETS[name]: reliability.curve(measuring.judged(known, some))
            for name, some in pairs.groupby("set", sort=False)}


def table(found: dict[str, Any]) -> pd.DataFrame:
    """List for each set how many related pairs of each kind are flagged, false alarms, and the calibration error."""
    rows = []
    for name, one in found["sets"].items():
        for kind, flagged in one["flagged"].items():
            rows.append({"pairs": f"{SETS[name]}: {kind}", "n": flagged[BOTH]["n"],
                         **{f"flagged by {_title(asked)}": _percent(share) for asked, share in flagged.items()},
                         "false alarms": _permille(one["alarms"][BOTH]), "of unrelated": one["alarms"][BOTH]["n"],
                         "flagged at 1 ‰": f"{100 * one['at_alarm'][kind]:.0f} %",
                         "calibration error": str(Estimate(**one["error"]))})
    return pd.DataFrame(rows)


def _title(asked: str) -> str:
    return {"network": "the network", "alignment": "the alignment", BOTH: "both"}[asked]


def _percent(share: dict[str, Any]) -> str:
    return f"{100 * share['value']:.0f} % [{100 * share['low']:.0f}, {100 * share['high']:.0f}]"


def _permille(share: dict[str, Any]) -> str:
    return f"{1000 * share['value']:.1f} ‰ [{1000 * share['low']:.1f}, {1000 * share['high']:.1f}]"


def about(facts: shipped.Facts, known: Calibration) -> str:
    """Say in words what the calibration was made of."""
    made, null = facts.made, known.models[BOTH].null
    counts = ", ".join(f"{n:,} {kind}" for kind, n in made["pairs"].items() if kind != UNRELATED)
    least, _, median, _, most = made["seconds"]
    return (f"Fitted on {facts.works} validation works in {made['recordings']:,} recordings of {least:.0f} to "
            f"{most:.0f} s (median {median:.0f} s; {made['worn']:.0%} worn) and {made['parts']:,} parts of them: "
            f"{counts} pairs, and **{len(null):,} pairs of unrelated works** that last as long, no two works twice. It "
            "holds for the network that comes with the project and for no other.")


def about_passages(found: dict[str, Any]) -> str:
    """Say in words how well passages are placed, and how often one is claimed where there is none."""
    share, claims = found["passages"]["found"], found["claims"]
    told = "; ".join(f"{SETS[name]}: {_percent(one)} of {one['n']:,} pairs" for name, one in claims.items())
    return ("**Passages.** Eight seconds of one test work, performed anew in another key, were inserted into another "
            f"work (n = {share['n']}). The strongest passage overlaps the true one by half or more in both recordings, "
            f"in **{_percent(share)}** of cases. Between unrelated works a passage is claimed in: {told}.")


def conclusion(found: dict[str, Any]) -> str:
    """Say what the test works show, in two or three sentences."""
    lines = []
    for name, one in found["sets"].items():
        flagged = ", ".join(f"{_percent(share[BOTH])} of {kind} pairs" for kind, share in one["flagged"].items())
        lines.append(f"- {SETS[name]} ({one['works']} works): at p of {ALARM:g} or less, {flagged} are flagged, and "
                     f"{_permille(one['alarms'][BOTH])} of unrelated ones.")
    return "\n".join(lines)


def about_test(found: dict[str, Any]) -> str:
    """Write what was measured on test works as Markdown: a table, and a paragraph on passages."""
    shown = table(found)
    rows = ["| " + " | ".join(map(str, row)) + " |" for row in [shown.columns, *shown.itertuples(index=False)]]
    return "\n".join([f"On **test** works, which nothing was fitted on. *Flagged*: p of {ALARM:g} or less, and by both "
                      f"at the ratio that {1000 * ALARM:g} ‰ of these very unrelated pairs reach; 95 % intervals over "
                      "works.", "", rows[0], "|" + "---|" * len(shown.columns), *rows[1:], "",
                      about_passages(found)])


def write(folder: Path = shipped.FOLDER) -> None:
    """Write the datasheet of the calibration."""
    parts = [HEAD, about(shipped.facts(folder), shipped.load(folder))]
    if (folder / RESULTS).exists():
        parts += ["## What it is worth", about_test(results(folder))]
    write_text(folder / "README.md", "\n\n".join([*parts, TAIL]) + "\n")


HEAD = """# How rare a likeness is

What `songsim_lib.calibration` reads: `calibration.json` (logistic regressions on the logarithms of two distances, of
the crowd that both recordings lie in, and of two durations), `cohort.safetensors` (the music that makes the crowd),
`null.parquet` (what pairs of unrelated validation works reach), `test.parquet` (pairs of test works, which nothing was
fitted on) and `results.json`. Written by `python -m songsim_lib.calibration fit`, then `... test`."""

TAIL = """## What it is not

It was made from synthesized fiddle tunes, songs and string quartets. Other music may hold more chance likenesses:
dance music on one chord, blues on twelve bars. A p-value counts *one* pair that was named beforehand; who searches
a thousand songs for the nearest will find one at p = 0.001 by chance. And a likeness is no proof that anything was
taken."""

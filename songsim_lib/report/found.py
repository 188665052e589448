"""What a run found and what it did not, in sentences: a difference counts where its whole interval is on one side."""

from __future__ import annotations

from typing import Any

from songsim_lib.metrics.estimates import Estimate, gaps

BASELINE = "baseline"


def _models(group: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in group["scores"].values() if one["kind"] != BASELINE]


def above_chance(name: str, group: dict[str, Any]) -> tuple[bool, str]:
    """Tell how many of the original's networks find more versions than guessing."""
    models = _models(group)
    above = sum(Estimate.of(one["map"]).side_of(group["chance"]["map"]) > 0 for one in models)
    return above > 0, (f"{name}: {above} of {len(models)} of the original's networks find more versions than guessing "
                       f"(n = {group['queries']} queries of {group['works']} works).")


def against_the_strongest(name: str, group: dict[str, Any]) -> tuple[bool, str]:
    """Tell how many of them find more versions than the strongest method that needs no training."""
    best, scores = max(((key, one) for key, one in group["scores"].items() if one["kind"] == BASELINE),
                       key=lambda found: found[1]["map"]["value"])
    sides = [gap.side_of() for _, _, gap in gaps({name: group}, best)]
    return 1 in sides, (f"{name}: {sides.count(1)} of {len(sides)} of them find more versions than {scores['title']}, "
                        f"{sides.count(-1)} find fewer, {sides.count(0)} cannot be told from it.")


def beyond_qmax(groups: dict[str, Any]) -> list[tuple[bool, str]]:
    """Tell for each model that this project adds whether it finds more versions than Qmax."""
    words = {1: "finds more versions than", 0: "cannot be told from", -1: "finds fewer versions than"}
    return [(gap.side_of() > 0, f"{group}: {title} {words[gap.side_of()]} OTI + Qmax (difference of MAP "
             f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}], n = {gap.n}).")
            for group, title, gap in gaps(groups, "qmax")]


def sentences(results: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Give what was found, and what was not (undecided, or the other way round), from a study's results."""
    told: list[tuple[bool, str]] = []
    for name, group in results.get("07_covers", {}).get("groups", {}).items():
        told += [above_chance(name, group), against_the_strongest(name, group)]
    told += beyond_qmax(results.get("08_beyond", {}).get("groups", {}))
    return [text for good, text in told if good], [text for good, text in told if not good]

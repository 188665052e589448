"""What a sweep says, in words made from its numbers: is it true that the settings give "largely similar results"?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from songsim_lib.config import EXPERIMENTS, RANDOM
from songsim_lib.metrics import Estimate
from songsim_lib.sweep.importance import ALPHA, ENOUGH, Spread, accuracies, importances, spread
from songsim_lib.sweep.reading import Sweep

LARGELY = 0.5  # share of the pairs of settings that must be alike for "largely similar"
ALIKE, LARGELY_ALIKE, DIFFERENT, UNKNOWN = "no difference found", "largely similar", "not similar", "cannot tell"


def judge(found: Spread | None) -> str:
    """Decide whether settings give largely similar results; `found` is None where no spread could be seen."""
    if found is None:
        return UNKNOWN
    if found.p >= ALPHA:
        return ALIKE
    return LARGELY_ALIKE if found.alike >= LARGELY else DIFFERENT


def summary(sweep: Sweep) -> dict[str, Any]:
    """Collect what a results file says about a sweep: plain values."""
    values = accuracies(sweep)
    found = spread(values) if min(values.shape, default=0) >= 2 else None
    settings = sweep.settings.sort_values("accuracy", ascending=False)
    told = {"settings": len(settings), "trainings": len(sweep.trained),
            "failed": len(sweep.table) - len(sweep.trained),
            "verdict": judge(found), "best": _row(sweep, settings.iloc[0]), "worst": _row(sweep, settings.iloc[-1]),
            "own": [_row(sweep, row) for _, row in settings[settings["experiment"] != ""].iterrows()],
            "importances": {name: one.as_dict() for name, one in importances(sweep).items()}}
    if found:
        told |= {"sd_seeds": found.seeds, "sd_settings": found.settings, "share_of_settings": found.share.as_dict(),
                 "p": found.p, "alike": found.alike}
    same = ("source", "profile", "seed", "architecture", "trunk", "seeds", "asked", "validation_works")
    return told | {name: sweep.about[name] for name in same} | {"machines": sorted(set(sweep.table["machine"]))}


def _row(sweep: Sweep, row: Any) -> dict[str, Any]:
    plain = {name: row[name].item() if isinstance(row[name], np.generic) else row[name] for name in sweep.knobs}
    return plain | {"experiment": row["experiment"], "accuracy": float(row["accuracy"])}


def words(sweep: Sweep) -> list[str]:
    """Say what a sweep shows, one sentence or two a line, in Markdown."""
    told = summary(sweep)
    return [line for line in (_what(sweep, told), _verdict(told), _best(told), _knobs(sweep, told), _limits(told))
            if line]


def _what(sweep: Sweep, told: dict[str, Any]) -> str:
    failed = f" {told['failed']} more did not come to an end, since their loss was no number." if told["failed"] else ""
    begun = f" (of {told['asked']} planned)" if told["settings"] < told["asked"] else ""
    return (f"**What was tried.** {told['settings']} settings{begun} of {len(sweep.knobs)} knobs, {told['trainings']} "
            f"trainings in all ({told['architecture']}, {told['trunk']}, {told['source']}, profile {told['profile']}, "
            f"seed {told['seed']}), judged by triplet accuracy on {told['validation_works']} validation works.{failed}")


def _verdict(told: dict[str, Any]) -> str:
    if told["verdict"] == UNKNOWN:
        return "**Largely similar results?** It cannot be told: it takes two settings, each trained twice, to see it."
    beyond = {
        ALIKE: f"No difference was found that luck would not give as well (p = {told['p']:.2g}). That does not "
               "contradict the report's sentence, and does not prove it: a small difference can be missed.",
        LARGELY_ALIKE: f"Settings differ by more than luck (p = {told['p']:.2g}), but {told['alike']:.0%} of their "
                       "pairs by no more than other seeds alone would make them: the report's sentence holds for most.",
        DIFFERENT: f"No: settings differ by more than luck (p = {told['p']:.2g}), and only {told['alike']:.0%} of "
                   "their pairs are as close as other seeds alone would leave them.",
    }[told["verdict"]]
    share = Estimate(**told["share_of_settings"])
    return (f"**Largely similar results?** {beyond} Mean accuracies reach from {told['worst']['accuracy']:.3f} to "
            f"{told['best']['accuracy']:.3f}. The standard deviation between settings is {told['sd_settings']:.3f}, "
            f"between seeds of one setting {told['sd_seeds']:.3f}; {_percent(share)} "
            f"of the variance of a training is due to its setting (n = {share.n} settings).")


def _best(told: dict[str, Any]) -> str:
    """Compare the best setting with the report's own, and with what choosing the best of many gives by luck."""
    if not told["own"]:
        return ""
    own = "; ".join(f"{EXPERIMENTS[row['experiment']].title}: {row['accuracy']:.3f}" for row in told["own"])
    line = f"**The report's own settings** reach {own}. The best of all reaches {told['best']['accuracy']:.3f}"
    if "sd_seeds" not in told:
        return line + "."
    n = told["settings"]
    lead = stats.norm.ppf((n - 0.375) / (n + 0.25)) * told["sd_seeds"] / np.sqrt(told["seeds"])  # Blom's approximation
    return (line + f"; it is the best of {n}, and choosing it by its own score flatters it: among so many settings "
            f"that are all alike, the best would lie about {lead:.3f} above their mean.")


def _knobs(sweep: Sweep, told: dict[str, Any]) -> str:
    shares = {sweep.knobs[name].title: Estimate(**one) for name, one in told["importances"].items()}
    if not shares:
        return f"**Which knob matters?** It takes {ENOUGH} settings to ask."
    ranked = sorted(shares, key=lambda title: -shares[title].value)
    clear = [title for title in ranked if shares[title].side_of() > 0]
    rest = max((shares[title].high for title in ranked if title not in clear), default=0)
    matter = "; ".join(f"{title} {_percent(shares[title])}" for title in clear)
    first = (f"Of the variance between settings follows: {matter}." if clear else
             f"None can be told from a knob that does nothing; the most telling is {ranked[0]} "
             f"{_percent(shares[ranked[0]])}.")
    others = (f" {'The others' if clear else 'All'} may do nothing, but {told['settings']} settings are too few to "
              f"exclude a share of up to {rest:.0%}." if len(clear) < len(ranked) else "")
    return f"**Which knob matters?** {first}{others}"


def _percent(share: Estimate) -> str:
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"


def _limits(told: dict[str, Any]) -> str:
    trunk = (" The trunk was random: frozen layers are noise that is never learned from, not knowledge that is kept."
             if told["trunk"] == RANDOM else "")
    return ("**What this does not say.** Positives are augmented clips of the same recording, and the same validation "
            f"works chose the epoch. Other data or longer training may turn the order round.{trunk}")

"""How it was done: every setting of a run, read from the configuration that ran."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

from songsim_lib import augment, splits
from songsim_lib.config import EXPERIMENTS, AudioSpec
from songsim_lib.files import read_json
from songsim_lib.metrics.estimates import DRAWS
from songsim_lib.paths import COMPOSITION
from songsim_lib.profiles import PROFILES, Profile

Table = tuple[str, list[str], list[list[str]]]  # title, heads of the columns, rows
UNITS = {"hz": "Hz", "s": "s", "db": "dB", "ms": "ms"}


def named(field: str) -> str:
    """Write the name of a field for readers: "sample_rate_hz" is "sample rate (Hz)"."""
    *words, last = field.split("_")
    return f"{' '.join(words)} ({UNITS[last]})" if words and last in UNITS else field.replace("_", " ")


def value(one: object) -> str:
    """Write a setting for readers."""
    if one is None:
        return "the recipe's"
    return f"{one:,}" if isinstance(one, int) and not isinstance(one, bool) else f"{one:g}" if isinstance(
        one, float) else str(one)


def settings(title: str, found: Any) -> Table:
    """Draw up the fields of a dataclass, or the items of a dict, a row each."""
    items = asdict(found) if is_dataclass(found) and not isinstance(found, type) else dict(found)
    return title, ["setting", "value"], [[named(name), value(one)] for name, one in items.items()]


def experiments(profile: Profile | None) -> Table:
    """Draw up the experiments, with the learning rate and the epochs that the profile trains them with."""
    rows = []
    for one in EXPERIMENTS.values():
        rate = profile.learning_rate_of(one) if profile else one.learning_rate
        epochs = profile.epochs(one) if profile else one.epochs
        rows.append([one.title, one.architecture, one.trainable.replace("_", " "), *map(value, (
            one.batch_size, one.dropout, rate, one.learning_rate, epochs, one.epochs, one.weight_decay, one.margin))])
    return "Trainings", ["experiment", "architecture", "trained", "batch", "dropout", "learning rate",
                         "the recipe's", "epochs", "the recipe's", "weight decay", "margin"], rows


def augmentations() -> Table:
    """Draw up the transforms that make a positive, in their order."""
    rows = [re.match(r"(.+?): (\w+) \{(.*)\}", line) for line in augment.describe()]
    return "Augmentations, in this order", ["what is done", "transform", "settings"], [
        [row[1], row[2], row[3].replace("'", "")] for row in rows if row]


def statistics() -> Table:
    """Draw up how works are split and intervals are made."""
    return "Splits and intervals", ["setting", "value"], [
        ["split", "by work; all recordings and variants of a work stand on one side"],
        ["held out for testing, of works with versions", value(splits.HELD_OUT_WITH_VERSIONS)],
        ["held out for testing, of the others", value(splits.HELD_OUT_ALONE)],
        ["validation, of the rest", value(splits.VALIDATION_SHARE)],
        ["interval", f"95 % percentile bootstrap over works, {DRAWS:,} draws"],
        ["interval of no width", "all works agree, and a bootstrap can draw nothing else; where none of n fails, up to "
         "3 / n of all works still may (rule of three)"],
        ["difference of two systems", "paired: the same draws of works for both"]]


def _profile(study: dict[str, Any]) -> Profile | None:
    """The profile that ran: on a CPU without native bfloat16 it trains on fewer triplets than its name promises."""
    profile = PROFILES.get(str(study.get("profile")))
    return replace(profile, triplets=study.get("triplets", profile.triplets)) if profile else None


def tables(study: dict[str, Any]) -> list[Table]:
    """Draw up every setting; `study` is what the journal says of the run (profile, seed, versions, ...)."""
    profile = _profile(study)
    card = read_json(COMPOSITION / "card.json", {})
    found = [settings("Sound and spectrograms", AudioSpec()), augmentations(), experiments(profile), statistics()]
    if profile:
        about = {field.name: getattr(profile, field.name) for field in fields(profile) if field.name != "purpose"}
        found.insert(2, settings(f"Profile {profile.name}", about))
    if recipe := card.get("trained", {}).get("recipe"):
        found.append(settings("The composition model, trained once and shipped", recipe))
    return found

"""The network of compositions, from scores to weights; each step goes on where it was interrupted.

    python -m songsim_lib.composition train --source tunebook:size=full,performances=4
    python -m songsim_lib.composition ablate --source ... --steps 400
    python -m songsim_lib.composition publish --source ...    # its weights, curves and model card into data/composition
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from songsim_lib.composition import ablation, card, training
from songsim_lib.composition.corpus import Corpus, corpus
from songsim_lib.composition.judging import judge
from songsim_lib.composition.network import CompositionNet
from songsim_lib.composition.recipe import Recipe
from songsim_lib.config import AudioSpec
from songsim_lib.device import best_device
from songsim_lib.paths import locate
from songsim_lib.source_choice import SourceChoice

ABLATION_STEPS = 400


@dataclass(frozen=True)
class Workshop:
    """Where everything lies and what is learned from."""

    source: SourceChoice
    seed: int
    cache: Path
    runs: Path
    device: torch.device

    def corpus(self, mel: bool = False) -> Corpus:
        """Draw the clips, or read those that were drawn before."""
        found = corpus(self.source, AudioSpec(), self.cache, self.seed, mel)
        print(f"{len(found.clips.levels):,} clips of {len(found.clips.scores):,} works to learn from, "
              f"{len(found.validation):,} recordings to choose by")
        return found

    def validate(self, net: nn.Module, found: Corpus) -> dict[str, float]:
        """Give mean average precision on the validation works, for each way in which versions differ."""
        scores = judge(net, found.validation, found.levels, self.device)
        return {f"map_{name}": float(one.average_precision.mean()) for name, one in scores.items()}

    def train(self, recipe: Recipe, found: Corpus, folder: Path) -> CompositionNet:
        """Train by a recipe, in a folder of its own for these clips."""
        return training.fit(found.clips, recipe, partial(self.validate, found=found), folder / found.key, self.device)


def main() -> None:
    """Read the command line, and do one of the three steps."""
    reader = argparse.ArgumentParser(prog="python -m songsim_lib.composition", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = reader.add_argument
    add("step", choices=("train", "ablate", "publish"))
    add("--source", default="tunebook", help="tunebook, with options (default: the committed edition)")
    add("--seed", type=int, default=0, help="of recordings, splits, weights and views (default: 0)")
    add("--steps", type=int, help=f"of a training (default: {Recipe.steps}, in an ablation {ABLATION_STEPS})")
    add("--output", default="", metavar="DIR", help="folder for cache/ and runs/ (default: data/)")
    options = reader.parse_args()
    places = locate(options.output)
    shop = Workshop(SourceChoice.of(options.source), options.seed, places.cache, places.runs / "composition",
                    best_device())
    if options.step == "ablate":
        recipe = Recipe(steps=options.steps or ABLATION_STEPS, seed=options.seed)
        ablation.ablate(recipe, shop.corpus, shop.train, shop.runs / "ablation", shop.device)
        return
    recipe, found = Recipe(steps=options.steps or Recipe.steps, seed=options.seed), shop.corpus()
    net = shop.train(recipe, found, shop.runs / "training")
    if options.step == "publish":
        # A folder of scores lies elsewhere on other machines; without one they are fetched.
        anywhere = replace(shop.source, options=tuple(one for one in shop.source.options if one[0] != "scores"))
        card.publish(net, recipe, found, str(anywhere), shop.runs, shop.cache, shop.device)


if __name__ == "__main__":
    main()

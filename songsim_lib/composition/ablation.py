"""What each ingredient adds: short trainings that leave one out, judged by the validation works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from songsim_lib.composition.corpus import Corpus
from songsim_lib.composition.judging import judge
from songsim_lib.composition.network import CompositionNet
from songsim_lib.composition.recipe import Recipe
from songsim_lib.files import write_json
from songsim_lib.metrics.retrieval import Retrieval, compare


@dataclass(frozen=True)
class Variation:
    """A training that differs from the full recipe in one thing."""

    title: str
    change: dict[str, Any] = field(default_factory=dict)
    mel: bool = False
    worn: bool = True

    def clips(self, found: Corpus) -> Corpus:
        """Leave out the worn half of the clips where this training does without."""
        return found if self.worn else found.as_rendered()


FULL = "full"
VARIATIONS = {
    FULL: Variation("everything"),
    "recordings": Variation("positives are views of one recording, not performances", {"by_recording": True}),
    "keys": Variation("no transposed views", {"transpose": False}),
    "tempi": Variation("no stretched views", {"stretch": False}),
    "wear": Variation("recordings as rendered, not worn", worn=False),
    "multi_similarity": Variation("multi-similarity loss and miner", {"loss": "multi_similarity"}),
    "triplet": Variation("triplet loss, hardest in the batch", {"loss": "triplet"}),
    "mel": Variation("log-mel instead of constant-Q", mel=True),
}
Train = Callable[[Recipe, Corpus, Path], CompositionNet]


def ablate(recipe: Recipe, corpora: Callable[[bool], Corpus], train: Train, folder: Path,
           device: torch.device) -> dict[str, Any]:
    """Train and judge every variation; those that are finished are read from `folder`.

    Parameters
    ----------
    recipe : short enough to be done so many times.
    corpora : gives the clips in semitones (False) or mel bands (True).

    Returns
    -------
    What `ablation.json` holds: the recipe, and for each variation its title, its scores on each group of validation
    works, and the paired difference of its mean average precision from that of `FULL`.
    """
    drawn, judged = dict[bool, Corpus](), dict[str, dict[str, Retrieval]]()
    for name, variation in VARIATIONS.items():
        if variation.mel not in drawn:
            drawn = {variation.mel: corpora(variation.mel)}  # one at a time: each fills gigabytes
        found = variation.clips(drawn[variation.mel])
        net = train(replace(recipe, **variation.change), found, folder / name)
        judged[name] = judge(net, found.validation, found.levels, device)
    rows = {name: {"title": VARIATIONS[name].title,
                   "scores": {group: one.summary() for group, one in scores.items()},
                   "difference": {group: compare(one, judged[FULL][group])["map"] for group, one in scores.items()}}
            for name, scores in judged.items()}
    result = {"recipe": asdict(recipe), "variations": rows}
    write_json(folder / "ablation.json", result)
    return result

"""How large a run is: profiles, and the one that suits this machine (standard library only)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from songsim_lib import hardware
from songsim_lib.config import Experiment, choose

AUTO = "auto"


@dataclass(frozen=True)
class Profile:
    """How large a run is.

    `triplets` counts training and validation triplets together; at most as many recordings are used, and
    each gets as many positives as it takes. `learning_rate` replaces the recipe's where so few steps could
    not move the weights, and the results say so; None keeps the recipe's. `batch_norm_clips` caps the
    training clips that running statistics are recomputed on before each validation. `probes` works are changed in
    every way for the invariance curves, and at most `covers` recordings of unseen works are compared with each other.
    """

    name: str
    purpose: str
    triplets: int
    max_epochs: int
    learning_rate: float | None = None
    batch_norm_clips: int = 2_048
    probes: int = 100
    covers: int = 2_000

    def epochs(self, experiment: Experiment) -> int:
        """Epochs this profile trains `experiment` for."""
        return min(experiment.epochs, self.max_epochs)

    def learning_rate_of(self, experiment: Experiment) -> float:
        """Learning rate this profile trains `experiment` with."""
        return self.learning_rate or experiment.learning_rate

    def positives(self, recordings: int) -> int:
        """Positives for each of `recordings` anchors, for `triplets` pairs or more.

        5 % fewer will do: whole works are drawn, and one recording short of the number must not double the training.
        """
        return math.ceil(0.95 * self.triplets / recordings)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("smoke", "tests: 24 recordings, 2 epochs", triplets=24, max_epochs=2,
                learning_rate=1e-3, batch_norm_clips=16, probes=4, covers=24),
        Profile("quick", "a newcomer without a GPU: about 290 training triplets, under 10 minutes on 2 cores",
                triplets=360, max_epochs=5, learning_rate=2e-3, batch_norm_clips=128, probes=30),
        Profile("report", "reproducing the study on a GPU: 10,000 triplets, the recipe's rates and epochs",
                triplets=10_000, max_epochs=10),
    )
}


def choose_profile(name: str) -> Profile:
    """Look a profile up; "auto" is "report" with a GPU and "quick" without.

    On a CPU without native bfloat16, where a step takes five times as long, "quick" takes half the triplets.

    Raises
    ------
    ChoiceError : for an unknown name; lists the valid ones.
    """
    if name == AUTO:
        name = "report" if hardware.gpu_name() else "quick"
    profile = PROFILES[choose("profile", name, [*PROFILES, AUTO])]
    if name == "quick" and not hardware.gpu_name() and not hardware.has_fast_bf16():
        return replace(profile, triplets=profile.triplets // 2,
                       purpose="a newcomer whose CPU has no native bfloat16: HALF the triplets of others, about 145 "
                               "for training, and half an hour on 2 cores all the same")
    return profile

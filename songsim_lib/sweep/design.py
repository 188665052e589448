"""Which settings are tried: first the report's own, then points that fill the space evenly, whatever was found so far.

A search that goes where it is good (Optuna's samplers do by default) finds a better best, but tries the bad ends of a
knob too seldom to tell what the knob does. Here the aim is to tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import qmc

from songsim_lib.profiles import Profile
from songsim_lib.sweep.space import knobs, own, rates


def setting(point: int, architecture: str, profile: Profile, seed: int) -> dict[str, Any]:
    """Give the setting of a point, counted from 0: the same for a seed, however many are tried, by whom, or when.

    Returns
    -------
    dict : knob -> value. The first points are the report's own settings; the others follow Halton's sequence with its
        digits shuffled by the seed (Owen 2017, https://arxiv.org/abs/1706.02808), which is even at any length; Sobol's,
        of fewer than 32 points, sets some pairs of knobs to the same levels all the time.
    """
    turned, first = knobs(architecture, rates(architecture, profile)), list(own(architecture, profile).values())
    if point < len(first):
        return first[point]
    sequence = qmc.Halton(len(turned), scramble=True, seed=np.random.default_rng([seed, 5]))
    place = sequence.random(point - len(first) + 1)[-1]
    return {name: knob.value(float(u)) for (name, knob), u in zip(turned.items(), place, strict=True)}

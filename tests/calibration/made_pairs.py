"""Pairs whose truth is known, and how alike two witnesses find them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from songsim_lib.calibration.model import COLUMNS

WORKS = 160


def made(seed: int, apart: float = 0.6, works: int = WORKS) -> pd.DataFrame:
    """Every pair of two recordings of each work: longer ones are nearer by chance, those of one work nearer still."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(works), 2)
    seconds = np.exp(rng.uniform(np.log(10), np.log(100), len(owner)))
    crowds = rng.uniform(0, 0.4, len(owner))  # in which other works are nearer
    rows = []
    for a, b in combinations(range(len(owner)), 2):
        same = owner[a] == owner[b]
        length = 0.2 * np.log(min(seconds[a], seconds[b]))
        network, alignment = np.exp(-length - apart * same + rng.normal(0, 0.5, 2))
        crowd = (crowds[a] + crowds[b]) / 2
        rows.append((("rearranged", "variant")[owner[a] % 2] if same else "unrelated", f"w{owner[a]}", f"w{owner[b]}",
                     network * (1 - crowd) / 0.8, alignment, crowd, *sorted((seconds[a], seconds[b]))))
    return pd.DataFrame(rows, columns=["kind", "work_a", "work_b", *COLUMNS])

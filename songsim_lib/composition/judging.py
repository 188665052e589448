"""How well a network finds versions, on whatever recordings are at hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import nn

from songsim_lib import metrics
from songsim_lib.covers.groups import groups
from songsim_lib.cqt import SCALE
from songsim_lib.device import Batches, embed
from songsim_lib.metrics import retrieval
from songsim_lib.metrics.retrieval import Retrieval


def judge(net: nn.Module, catalog: pd.DataFrame, levels: np.ndarray, device: torch.device) -> dict[str, Retrieval]:
    """Let every recording that has versions ask for them, as in notebook 07; for each way in which versions differ.

    Parameters
    ----------
    levels [shape=(len(catalog), SEMITONES, T)] : uint8, as `spectra.spectra` gives them.
    """
    embedded = embed(net, Batches(levels, SCALE, device), np.arange(len(levels)))
    apart = metrics.distances(embedded, embedded)
    return {name: retrieval.evaluate(apart, labels) for name, labels in groups(catalog).items()}

"""Does dropout drop, is anything random frozen, do songs mix? Asked of the original's wiring and of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet18

from songsim_lib import models
from songsim_lib.audit import reported
from songsim_lib.audit.original import OriginalCNN, OriginalResNet
from songsim_lib.config import EXPERIMENTS
from songsim_lib.features import dequantise
from songsim_lib.study import Study

STANDS_STILL = 1e-6  # embeddings have length 1; what moves by less did not move
DROPOUT_SONGS = 4
Part = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Wiring:
    """What was found in each wiring, the original's and ours.

    `dropout` and `dropout_ours` : embeddings that differ between two passes in training mode, of `dropout_songs`.
    `frozen_random`, `frozen_random_ours` : random weights that cannot learn. `mixing` [shape=(songs, rows)],
    bool: which rows of the output move when a song is exchanged; `mixing_ours` [shape=(songs, songs)].
    """

    dropout: int
    dropout_ours: int
    dropout_songs: int
    frozen_random: int
    frozen_random_ours: int
    mixing: np.ndarray
    mixing_ours: np.ndarray

    @property
    def straddling(self) -> int:
        """Rows of the original's output that hold parts of two songs."""
        return int((self.mixing.sum(axis=0) > 1).sum())


def _moved(before: torch.Tensor, after: torch.Tensor) -> np.ndarray:
    """Tell which embeddings (rows, D) are not where they were [shape=(rows,)], bool."""
    return ((before - after).abs().amax(dim=1) > STANDS_STILL).numpy()


@torch.no_grad()
def dropout_moves(model: nn.Module, songs: torch.Tensor) -> int:
    """Count the embeddings that differ between two passes of one batch in training mode: all, if dropout drops."""
    model.train()
    return int(_moved(model(songs), model(songs)).sum())


def frozen_random(model: nn.Module, weights: dict[str, torch.Tensor]) -> int:
    """Count the weights that can never learn and do not come from the pretrained `weights`.

    A kernel summed over its colours comes from them: it answers to a grey picture as the original does.
    """
    def pretrained(name: str, weight: torch.Tensor) -> bool:
        known = weights.get(name.removeprefix("trunk."))
        if known is not None and known.ndim == 4 and known.shape[1] != weight.shape[1]:
            known = known.sum(dim=1, keepdim=True)
        return known is not None and known.shape == weight.shape and torch.equal(known, weight.detach())

    return sum(weight.numel() for name, weight in model.named_parameters()
               if not weight.requires_grad and not pretrained(name, weight))


@torch.no_grad()
def mixing(blocks: Part, head: Part, songs: torch.Tensor) -> np.ndarray:
    """Exchange each song of a batch in turn for the next one, and mark the rows of the output that move.

    In eval mode the convolution blocks treat every song by itself, so each goes through them once only, and `head`
    sees batches in which the maps of one song are exchanged.

    Parameters
    ----------
    blocks, head : the two halves of a network; songs (B, 1, F, T).

    Returns
    -------
    [shape=(B, rows)], bool
    """
    maps = blocks(songs)
    before, others = head(maps), maps.roll(1, dims=0)
    moved = []
    for k in range(len(songs)):
        exchanged = maps.clone()
        exchanged[k] = others[k]
        moved.append(_moved(before, head(exchanged)))
    return np.stack(moved)


def measure(study: Study) -> Wiring:
    """Try both wirings on songs of the study; the weights are random, for the faults do not depend on them."""
    store = study.store()
    rows = np.resize(store.rows(study.catalog()["track_id"]), reported.CNN_BATCH)
    songs = dequantise(torch.from_numpy(store.features[rows]).float(), study.spec).unsqueeze(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.seed)
        weights = resnet18(weights=None).state_dict()  # in place of ImageNet's, which cannot always be had
        original = OriginalResNet(reported.DROPOUTS[0], weights)
        original.freeze()
        ours = models.ResNet18(reported.DROPOUTS[0], weights)
        ours.freeze(frozenset(name for name, _ in ours.named_children()) - {"layer4", "fc"})
        cnn, fixed = OriginalCNN().eval(), models.network(EXPERIMENTS["cnn_b32"]).eval()
        some = songs[:DROPOUT_SONGS]
        children = dict(fixed.named_children())
        ours_head = nn.Sequential(children.pop("pool"), children.pop("head"))
        return Wiring(
            dropout_moves(original, some), dropout_moves(ours, some), len(some),
            frozen_random(original, weights), frozen_random(ours, weights),
            mixing(cnn.blocks, cnn.head, songs),
            mixing(nn.Sequential(*children.values()), lambda maps: functional.normalize(ours_head(maps), dim=1), songs))

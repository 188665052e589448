"""Train the network on several performances of each work: contrastive, resumable, the same numbers every time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_metric_learning import losses
from tqdm import tqdm

from songsim_lib.checkpoint import load_state, save_model, save_state
from songsim_lib.composition.network import WIDTHS, CompositionNet
from songsim_lib.composition.spectra import SCALE
from songsim_lib.composition.views import view
from songsim_lib.device import autocast
from songsim_lib.features import dequantise
from songsim_lib.files import atomic

Judge = Callable[[CompositionNet], dict[str, float]]


@dataclass(frozen=True)
class Recipe:
    """How the network learns: in `steps` steps of `works` times `performances` clips, `frames` columns of each."""

    works: int = 32
    performances: int = 4
    frames: int = 170
    steps: int = 8_000
    warm_up: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    temperature: float = 0.1
    judged_every: int = 250
    widths: tuple[int, ...] = WIDTHS
    seed: int = 0

    def rate(self, step: int) -> float:
        """Learning rate at a step: up in a line, then down along half a cosine."""
        rising = min(1.0, (step + 1) / self.warm_up)
        return self.learning_rate * rising * 0.5 * (1 + math.cos(math.pi * step / self.steps))


def decibels(levels: torch.Tensor) -> torch.Tensor:
    """Turn the bytes of `spectra.spectra` back into dB."""
    return dequantise(levels.float(), SCALE)  # type: ignore[no-any-return]


def draw(works: np.ndarray, recipe: Recipe, step: int) -> np.ndarray:
    """Draw the clips of a step: some works, some performances of each (one twice where there are too few).

    Parameters
    ----------
    works [shape=(n,)] : codes of the clips' works, from 0 without gaps.

    Returns
    -------
    [shape=(works * performances,)], positions in `works`. They follow from seed and step alone, so that a training
    that was interrupted goes on as if it had not been.
    """
    rng = np.random.default_rng([recipe.seed, step])
    order, starts = np.argsort(works, kind="stable"), np.searchsorted(np.sort(works), np.arange(works.max() + 2))
    chosen = rng.choice(len(starts) - 1, size=min(recipe.works, len(starts) - 1), replace=False)
    members = (order[starts[work] : starts[work + 1]] for work in chosen)
    return np.concatenate([rng.choice(clips, recipe.performances, replace=len(clips) < recipe.performances)
                           for clips in members])


def fit(clips: np.ndarray, works: np.ndarray, recipe: Recipe, judge: Judge, folder: Path,
        device: torch.device) -> CompositionNet:
    """Train, or go on where an earlier call with the same recipe stopped.

    Parameters
    ----------
    clips [shape=(n, SEMITONES, T)] : uint8, as `spectra.spectra` gives them; `works` [shape=(n,)] as for `draw`.
    judge : scores the network on validation works, every `judged_every` steps and at the end.
    folder : receives `last.ckpt`, `history.csv` and, at the end, `composition.safetensors`.

    Raises
    ------
    ValueError : the loss is not a number; names the step. The last good checkpoint stays.
    """
    torch.manual_seed(recipe.seed)
    net = CompositionNet(recipe.widths).to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    history = _restore(folder, recipe, net, optimizer)
    contrast = losses.SupConLoss(temperature=recipe.temperature)
    begun = history[-1]["step"] if history else 0
    recent: list[float] = []
    for step in tqdm(range(begun, recipe.steps), initial=begun, total=recipe.steps, desc="composition", unit="step",
                     mininterval=1):
        chosen = draw(works, recipe, step)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(step)
        recent.append(_step(net, optimizer, contrast, torch.from_numpy(clips[chosen]).to(device), works[chosen],
                            recipe, step))
        if (step + 1) % recipe.judged_every == 0 or step + 1 == recipe.steps:
            history.append({"step": step + 1, "loss": float(np.mean(recent)), **judge(net)})
            recent = []
            _save(folder, recipe, net, optimizer, history)
    save_model(folder / "composition.safetensors", net)
    return net.eval()


def _step(net: CompositionNet, optimizer: torch.optim.Optimizer, contrast: losses.SupConLoss, levels: torch.Tensor,
          works: np.ndarray, recipe: Recipe, step: int) -> float:
    net.train()
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    clips = view(decibels(levels), recipe.frames, generator)
    with autocast(levels.device):
        embedded = net(clips)
    loss = contrast(embedded.float(), torch.from_numpy(works).to(levels.device))
    if not torch.isfinite(loss):
        raise ValueError(f"the loss of step {step} is {loss.item()}; the checkpoint before it is kept. Lower the "
                         "learning rate, or look at that step's clips (composition.training.draw)")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _save(folder: Path, recipe: Recipe, net: CompositionNet, optimizer: torch.optim.Optimizer,
          history: list[dict[str, Any]]) -> None:
    with atomic(folder / "history.csv") as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    save_state(folder / "last.ckpt", {"recipe": asdict(recipe), "net": net.state_dict(), "history": history,
                                      "optimizer": optimizer.state_dict()})


def _restore(folder: Path, recipe: Recipe, net: CompositionNet,
             optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """Take up a checkpoint of the same recipe; the history so far."""
    state = load_state(folder / "last.ckpt")
    if not state or state["recipe"] != asdict(recipe):
        return []
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    return state["history"]  # type: ignore[no-any-return]

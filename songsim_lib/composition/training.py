"""Train the network on several performances of each work: contrastive, resumable, the same numbers every time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from songsim_lib import sheets
from songsim_lib.checkpoint import load_state, save_model, save_state
from songsim_lib.composition.network import CompositionNet
from songsim_lib.composition.recipe import Contrast, Recipe
from songsim_lib.composition.views import view
from songsim_lib.cqt import SCALE
from songsim_lib.device import autocast, place
from songsim_lib.features import dequantise

Judge = Callable[[nn.Module], dict[str, float]]
WEIGHTS = "composition.safetensors"


@dataclass(frozen=True)
class Clips:
    """What is learned from: n spectrograms, and what they are spectrograms of.

    Attributes
    ----------
    levels [shape=(n, SEMITONES, T)] : uint8, as `spectra.spectra` gives them.
    works, recordings [shape=(n,)] : codes from 0 without gaps. Clips of a recording differ in how it was worn.
    scores [shape=(works,)] : written sources of each work.
    """

    levels: np.ndarray
    works: np.ndarray
    recordings: np.ndarray
    scores: np.ndarray


def decibels(levels: torch.Tensor) -> torch.Tensor:
    """Turn the bytes of `spectra.spectra` back into dB."""
    return dequantise(levels.float(), SCALE)  # type: ignore[no-any-return]


def draw(clips: Clips, recipe: Recipe, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw the clips of a step: some works, some clips of each (one twice where there are too few).

    It is pytorch-metric-learning's `MPerClassSampler` without a state: what is drawn follows from seed and step
    alone, so that a training that was interrupted goes on as if it had not been.

    Returns
    -------
    positions in `clips`, and the codes of what should be alike, each [shape=(works * performances,)].
    """
    rng = np.random.default_rng([recipe.seed, step])
    labels = clips.recordings if recipe.by_recording else clips.works
    order, starts = np.argsort(labels, kind="stable"), np.searchsorted(np.sort(labels), np.arange(labels.max() + 2))
    several = clips.scores[clips.works[order[starts[:-1]]]] > 1
    chances = np.where(several, recipe.several_scores, 1.0)
    chosen = rng.choice(len(chances), min(recipe.works, len(chances)), replace=False, p=chances / chances.sum())
    members = (order[starts[label] : starts[label + 1]] for label in chosen)
    drawn = np.concatenate([rng.choice(found, recipe.performances, replace=len(found) < recipe.performances)
                            for found in members])
    return drawn, labels[drawn]


def fit(clips: Clips, recipe: Recipe, judge: Judge, folder: Path, device: torch.device) -> CompositionNet:
    """Train, or go on where an earlier call with the same recipe stopped.

    Parameters
    ----------
    judge : scores the averaged network on validation works, every `judged_every` steps and at the end.
    folder : receives `last.ckpt`, `history.csv` and the averaged weights, `composition.safetensors`.

    Raises
    ------
    ValueError : the loss is not a number; names the step. The last good checkpoint stays.
    """
    torch.manual_seed(recipe.seed)
    net = place(CompositionNet(recipe.widths), device)
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.decay), use_buffers=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    state = {"net": net, "averaged": averaged, "optimizer": optimizer}
    history = _restore(folder, recipe, state)
    contrast, recent = Contrast(recipe), list[float]()
    begun, spent = (history[-1][name] if history else 0 for name in ("step", "seconds"))
    since = time.monotonic()
    for step in tqdm(range(begun, recipe.steps), initial=begun, total=recipe.steps, desc="composition", unit="step",
                     mininterval=1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(step)
        recent.append(_step(net, optimizer, contrast, clips, recipe, step, device))
        averaged.update_parameters(net)
        if (step + 1) % recipe.judged_every == 0 or step + 1 == recipe.steps:
            history.append({"step": step + 1, "seconds": spent + time.monotonic() - since,
                            "loss": float(np.mean(recent)), **judge(averaged.module.eval())})
            recent = []
            _save(folder, recipe, state, history)
    return averaged.module.eval()  # type: ignore[return-value]


def _step(net: CompositionNet, optimizer: torch.optim.Optimizer, contrast: Contrast, clips: Clips, recipe: Recipe,
          step: int, device: torch.device) -> float:
    net.train()
    drawn, labels = draw(clips, recipe, step)
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    seen = view(decibels(torch.from_numpy(clips.levels[drawn]).to(device)), recipe.frames, generator,
                recipe.transpose, recipe.stretch)
    with autocast(device):
        embedded = net(seen.unsqueeze(1))
    loss = contrast(embedded.float(), torch.from_numpy(labels).to(device))
    if not torch.isfinite(loss):
        raise ValueError(f"the loss of step {step} is {loss.item()}; the checkpoint before it is kept. Lower the "
                         "learning rate, or look at that step's clips (composition.training.draw)")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _save(folder: Path, recipe: Recipe, state: dict[str, Any], history: list[dict[str, Any]]) -> None:
    sheets.write(pd.DataFrame(history), folder / "history.csv")
    save_model(folder / WEIGHTS, state["averaged"].module)
    save_state(folder / "last.ckpt", {"recipe": asdict(recipe), "history": history,
                                      **{name: part.state_dict() for name, part in state.items()}})


def _restore(folder: Path, recipe: Recipe, state: dict[str, Any]) -> list[dict[str, Any]]:
    """Take up a checkpoint of the same recipe; the history so far."""
    saved = load_state(folder / "last.ckpt")
    if not saved or saved["recipe"] != asdict(recipe):
        return []
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return saved["history"]  # type: ignore[no-any-return]

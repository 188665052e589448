"""Everything that says how far apart two recordings are: baselines and trained networks behind one interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from songsim_lib import metrics, yardsticks
from songsim_lib.baselines import BASELINES, Baseline, fourier2d, qmax
from songsim_lib.composition import comparing, pretrained
from songsim_lib.device import Batches, embed, place
from songsim_lib.excerpts import Excerpts
from songsim_lib.features import dequantise
from songsim_lib.files import digest
from songsim_lib.models import Embedder
from songsim_lib.runs import Run
from songsim_lib.study import Study

BASELINE, MODEL = "baseline", "model"
COMPOSITION = "composition"
# Every log-mel baseline, an untrained network, and the two classical ways to find covers.
TITLES = yardsticks.TITLES | {"fourier2d": "2D Fourier magnitude of chroma", "qmax": "OTI + Qmax",
                              COMPOSITION: "composition model"}


@dataclass(frozen=True)
class System:
    """A way to compare recordings.

    `represent` maps the excerpts of n recordings to a representation, and `distances` two representations, of n
    and m recordings, to their distances [shape=(n, m)]: finite, smaller is more alike. `repeat` counts the trainings
    of one model from 0; `made_from` names what a trained system follows from, beside the code.
    """

    name: str
    title: str
    kind: str
    represent: Callable[[Excerpts], Any]
    distances: Callable[[Any, Any], np.ndarray] = metrics.distances
    repeat: int = 0
    made_from: str = ""


def pool(embedded: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Average the windows (W, ...) of each recording, and scale vectors (n, D) to unit length again."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    counts = np.diff([*starts, len(owner)]).reshape(-1, *[1] * (embedded.ndim - 1))
    mean = np.add.reduceat(embedded, starts, axis=0) / counts
    return mean if mean.ndim > 2 else mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)


def parts_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Average the distances of R parts: (n, R, D), (m, R, D) -> (n, m)."""
    return np.mean([metrics.distances(a[:, r], b[:, r]) for r in range(a.shape[1])], axis=0)


def _log_mel(study: Study, baseline: Baseline) -> System:
    def represent(excerpts: Excerpts) -> np.ndarray:
        blocks = [baseline.embed(dequantise(excerpts.windows[i : i + 64].astype(np.float32), study.spec))
                  for i in range(0, len(excerpts.windows), 64)]
        return pool(np.concatenate(blocks), excerpts.owner).astype(np.float32)

    return System(baseline.name, baseline.title, BASELINE, represent,
                  parts_apart if baseline.name == "as_reported" else metrics.distances)


def _network(study: Study, model: Embedder, excerpts: Excerpts) -> np.ndarray:
    """Embed every window and average those of a recording [shape=(n, 128)]."""
    data = Batches(excerpts.windows, study.spec, study.device)
    return pool(embed(model, data, np.arange(len(excerpts.windows))), excerpts.owner)


def baselines(study: Study) -> list[System]:
    """List what a model must beat, from the report's own baseline to the strongest classical method."""
    untrained = partial(_network, study, yardsticks.untrained_model(study))
    return [
        *(_log_mel(study, baseline) for baseline in BASELINES.values()),
        System(yardsticks.UNTRAINED, TITLES[yardsticks.UNTRAINED], BASELINE, untrained,
               made_from=f"{study.seed} {study.device.type}"),
        System("fourier2d", TITLES["fourier2d"], BASELINE, lambda excerpts: fourier2d.embed(excerpts.chroma)),
        System("qmax", TITLES["qmax"], BASELINE, lambda excerpts: excerpts.chroma, qmax.distances),
    ]


def models(study: Study, runs: Sequence[Run]) -> list[System]:
    """List the trained networks, each of its trainings by itself."""
    return [System(run.experiment.name, run.title, MODEL,
                   partial(_network, study, place(run.model(), study.device).eval()), repeat=run.repeat,
                   made_from=digest(run.folder / "model.safetensors", study.device.type))
            for run in runs]


def composition(study: Study) -> System:
    """Give the network that hears compositions, as it comes with the project."""
    net = place(pretrained.load_pretrained(), study.device)
    return System(COMPOSITION, TITLES[COMPOSITION], MODEL, partial(comparing.points, net, device=study.device),
                  comparing.distances, made_from=digest(pretrained.FOLDER / pretrained.WEIGHTS, study.device.type))

"""What the original's code did to its networks: dropout that never ran, frozen noise, songs that mix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from songsim_lib.audit import effects, freezing, reported
from songsim_lib.audit.freezing import Fit
from songsim_lib.audit.table import Row, listed
from songsim_lib.audit.wiring import Wiring
from songsim_lib.config import RANDOM, SCRATCH
from songsim_lib.trained import Trained, spread


def dropout(wiring: Wiring, fits: Sequence[Fit]) -> Row:
    """Audit what the report explains by dropout; `fits` may be empty (see `freezing.SEEDS`)."""
    told, effect = _effect_of_dropout(fits) if fits else (f"What it changes, {freezing.ONCE}", None)
    return Row(
        "dropout", "Dropout explains how much the runs overfit",
        f"dropout {listed(reported.DROPOUTS)} for the two ResNet-18 runs",
        f"nothing: the layer is built and never called. Two passes of one batch in training mode move "
        f"{wiring.dropout} of {wiring.dropout_songs} embeddings",
        "both runs trained without dropout; no difference between them can come from it",
        f"{wiring.dropout_ours} of {wiring.dropout_songs} embeddings move. {told}",
        reported.DROPOUT_SOURCE,
        {"moved": wiring.dropout, "moved_ours": wiring.dropout_ours, "songs": wiring.dropout_songs,
         "effect_on_best_loss": effect},
    )


def _effect_of_dropout(fits: Sequence[Fit]) -> tuple[str, dict[str, object]]:
    """Say in words, and in plain values, what dropout that runs does to the best validation loss."""
    change, each = effects.on_loss(fits, "dropout"), effects.each(fits, lambda some: effects.on_loss(some, "dropout"))
    verdict = {1: "worse", -1: "better", 0: "no effect can be told"}[change.side_of()]
    return (f"Dropout {effects.rate(fits):g} that runs, against none, changes the best validation loss by "
            f"{change}{spread(each)}, the mean of frozen and unfrozen: {verdict}", change.as_dict() | {"each": each})


def first_convolution(wiring: Wiring, trained: Sequence[Trained]) -> Row:
    """Audit "all layers frozen except the last block"."""
    trunks = {run.config["trunk"] for one in trained for run in one.runs} - {SCRATCH}
    state = ("these runs had no pretrained weights, so nothing was frozen in them" if trunks == {RANDOM} else
             "it starts as the sum of the pretrained colour kernels")
    return Row(
        "first_convolution", "Freezing all but the last block keeps what ImageNet taught",
        'ResNet-18, "all layers frozen except the 4th and final residual block and the fully connected layer"',
        f"{wiring.frozen_random:,} weights of the new first convolution were random and frozen: every spectrogram "
        "passes through noise that never learns",
        "let the new convolution learn, or derive it from the pretrained one",
        f"{wiring.frozen_random_ours:,} random weights are frozen; {state}",
        reported.FIRST_CONVOLUTION_SOURCE,
        {"frozen_random": wiring.frozen_random, "frozen_random_ours": wiring.frozen_random_ours},
    )


def mixing(wiring: Wiring) -> Row:
    """Audit the CNN's embeddings."""
    songs, rows = wiring.mixing.shape
    per_song, ours = wiring.mixing.sum(axis=1), wiring.mixing_ours.sum(axis=1)
    moved = f"{per_song.min()}" if np.ptp(per_song) == 0 else f"{per_song.min()} to {per_song.max()}"
    return Row(
        "mixing", "The CNN embeds each song as one point of 128 dimensions",
        f"a CNN from scratch, batches of {reported.CNN_BATCH}",
        f"{songs} songs give {rows} rows, each a piece of a song's feature maps; exchanging one song moves {moved} of "
        f"them, and {wiring.straddling} rows hold parts of two songs",
        "pool to a fixed size before the linear layer: one row a song",
        f"{wiring.mixing_ours.shape[0]} songs give {wiring.mixing_ours.shape[1]} rows; exchanging one song moves "
        f"{ours.min()}" + (f" to {ours.max()}" if np.ptp(ours) else "") + f", and "
        f"{int((wiring.mixing_ours.sum(axis=0) > 1).sum())} rows hold two songs",
        reported.MIXING_SOURCE,
        {"rows": rows, "moved_by_one_song": [int(n) for n in per_song], "straddling": wiring.straddling,
         "moved_by_one_song_ours": [int(n) for n in ours]},
    )

"""What the network learns from and what it is chosen by: performances of the embedded corpus, never a test work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from songsim_lib import splits
from songsim_lib.composition.spectra import Drawing, spectra
from songsim_lib.composition.training import Clips
from songsim_lib.config import AudioSpec
from songsim_lib.files import digest
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import tunebook

SECONDS = 13.0  # of every recording of the corpus, of which a view takes a part
KEPT_ALONE, KEPT_SEVERAL = 0.04, 0.2  # of the full size's works with one score and with several, to choose by


@dataclass(frozen=True)
class Corpus:
    """Clips to learn from, and the recordings to choose by with the spectrograms of their first 10 s."""

    clips: Clips
    validation: pd.DataFrame
    levels: np.ndarray
    key: str

    def as_rendered(self) -> Corpus:
        """Leave out the clips that are worn, the second half."""
        half = len(self.clips.works) // 2
        clips = Clips(self.clips.levels[:half], self.clips.works[:half], self.clips.recordings[:half],
                      self.clips.scores)
        return replace(self, clips=clips, key=f"{self.key}-as-rendered")


def catalogs(choice: SourceChoice, cache: Path, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the recordings of the source, and those of the edition's validation works.

    A work of which the edition tests or validates any score is left out of the source. The full size is joined by the
    edition's own recordings, and has a column `kept` (bool): works that are not learned from but chosen by, since the
    edition's validation works alone are too few to tell recipes apart.
    """
    edition = tunebook.catalog()
    edition["split"] = splits.split_by_work(edition, seed)
    validation = edition[edition["split"] == splits.VALIDATION].reset_index(drop=True)
    made = tunebook.source(choice, cache, seed)
    unseen = edition.loc[edition["split"] != splits.TRAIN, "score_id"]
    made = without(made, unseen)
    if choice["size"] != "full":
        return made.assign(kept=False).reset_index(drop=True), validation
    own = edition[edition["split"] == splits.TRAIN]
    names = dict(zip(made["score_id"], made["work_id"], strict=True))  # the edition may name works otherwise
    own = own.assign(track_id="edition-" + own["track_id"], recording_id="edition-" + own["recording_id"],
                     work_id=own["score_id"].map(names).fillna(own["work_id"]))
    joined = pd.concat([made, own], ignore_index=True)
    return joined.assign(kept=kept(joined)), validation


def without(made: pd.DataFrame, scores: pd.Series) -> pd.DataFrame:
    """Leave out all of each work of which one of these scores is; `made` has `score_id` and `work_id`."""
    return made[~made["score_id"].isin(scores).groupby(made["work_id"]).transform("any")]


def kept(made: pd.DataFrame) -> pd.Series:
    """Choose works to choose by [shape=(len(made),)], bool; the same whatever the seed."""
    draw = {work: int(digest(f"choose by {work}")[:8], 16) / 2**32 for work in made["work_id"].unique()}
    several = made.groupby("work_id")["score_id"].transform("nunique") > 1
    return made["work_id"].map(draw) < np.where(several, KEPT_SEVERAL, KEPT_ALONE)


def corpus(choice: SourceChoice, spec: AudioSpec, cache: Path, seed: int, mel: bool = False) -> Corpus:
    """Draw all recordings, twice where they are learned from: as they are, and worn.

    Parameters
    ----------
    choice : source "tunebook" with its options.
    cache : folder for recordings and spectrograms.
    mel : mel bands in the place of semitones, to compare with.
    """
    made, validation = catalogs(choice, cache, seed)
    drawn = [spectra(made, spec, Drawing(SECONDS, mel, worn), cache / "spectra") for worn in (False, True)]
    usable = made[~made["track_id"].isin(drawn[0][1] | drawn[1][1])]
    plain, worn = (_of(found, made, usable) for found in drawn)
    kept = usable["kept"].to_numpy()
    clips = _clips(np.concatenate([plain[~kept], worn[~kept]]), usable[~kept])
    heard, failed = spectra(validation, spec, Drawing(spec.clip_s, mel), cache / "spectra")
    chosen_by = pd.concat([validation[~validation["track_id"].isin(failed)], usable[kept]], ignore_index=True)
    levels = np.concatenate([heard, plain[kept][:, :, : heard.shape[2]]])
    return Corpus(clips, chosen_by, levels, digest(clips.levels.tobytes(), clips.works.tobytes()))


def _clips(levels: np.ndarray, recordings: pd.DataFrame) -> Clips:
    """Say of which works and recordings the clips are: all as rendered, then all worn."""
    works, names = pd.factorize(recordings["work_id"], sort=True)
    scores = recordings.groupby("work_id")["score_id"].nunique().loc[names].to_numpy()
    return Clips(levels, np.tile(works, 2), np.tile(pd.factorize(recordings["recording_id"], sort=True)[0], 2), scores)


def unseen(spec: AudioSpec, cache: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """List the recordings of the edition's test works, with the spectrograms of their first 10 s."""
    edition = tunebook.catalog()
    test = edition[splits.held_out(edition)].reset_index(drop=True)
    levels, failed = spectra(test, spec, Drawing(spec.clip_s), cache / "spectra")
    return test[~test["track_id"].isin(failed)].reset_index(drop=True), levels


def _of(drawn: tuple[np.ndarray, dict[str, str]], asked: pd.DataFrame, usable: pd.DataFrame) -> np.ndarray:
    """Spectrograms of the usable recordings among those that were asked for and could be drawn."""
    had = asked.loc[~asked["track_id"].isin(drawn[1]), "track_id"]
    return drawn[0][had.isin(usable["track_id"]).to_numpy()]

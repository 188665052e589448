"""The verdict in plain sentences: what was found, how sure that is, and what it does not mean."""

from __future__ import annotations

from songsim_lib.calibration import ALARM, ALIGNMENT, NETWORK
from songsim_lib.compare import landmarks, wording
from songsim_lib.compare.comparison import NEITHER, SAME_COMPOSITION, SAME_RECORDING, Comparison
from songsim_lib.compare.passages import LEAST_SCORE
from songsim_lib.compare.witnesses import Recording

# How `passages.LEAST_SCORE` and `landmarks.SAME` were chosen is said beside them.
PASSAGE_DOUBT = (f"A passage is named from a score of {LEAST_SCORE:g} on, which unrelated tunes seldom reach by "
                 "chance; the higher the score, the rarer that is.")
RECORDING_DOUBT = ("The fingerprint is sure of copies, also through noise and lossy coding; a copy that was sped up or "
                   "transposed it does not know.")
CALIBRATED_DOUBT = (f"\"The same composition\" is said where at most {ALARM * 1000:g} in 1,000 pairs of unrelated "
                    "works is as alike. The calibration was made with synthesized tunes, songs and quartets of 8 "
                    "seconds to 3 minutes; of other music unrelated songs may be alike more often.")
UNCALIBRATED_DOUBT = ("How rare the similarities of the other witnesses are among unrelated songs is not calibrated "
                      "here: they can be compared with those of other pairs, and mean nothing alone.")
NOT_MEANT = (
    "Similarity is not infringement. Whether one song was taken from the other, and whether what they share is "
    "protected, no number on this page says: that is for people who know the music, its history and the law.",
    "Common chord progressions, scales, dance rhythms and whole styles make songs alike that have nothing to do with "
    "each other: they raise every similarity here.",
    "Nothing found does not mean that nothing is there: words, rhythm alone and a quotation of a few notes are not "
    "heard.",
    "All thresholds were chosen on short synthesized recordings of traditional tunes; other music may exceed them more "
    "often.",
)


HEADLINES = {SAME_RECORDING: "The same recording", SAME_COMPOSITION: "The same composition",
             NEITHER: "Neither the same recording nor the same composition"}


def headline(found: Comparison) -> str:
    """Say in a few words what was found."""
    if told := HEADLINES.get(found.verdict):
        return f"{told}, but a passage in common" if found.verdict == NEITHER and found.passages else told
    if not found.passages:
        return "No passage found that they share"
    return "They share a passage" if len(found.passages) == 1 else f"They share {len(found.passages)} passages"


def sentences(found: Comparison) -> list[str]:
    """Say what was found, the calibrated statement first, if there is one."""
    told = [found.calibrated.sentence()] if found.calibrated else []
    return [*told, _passages(found), _recording(found.recording), agreement(found)]


def doubts(found: Comparison) -> list[str]:
    """Say how sure what was found is."""
    told = [PASSAGE_DOUBT] + [RECORDING_DOUBT] * (found.recording.heard_by == "landmarks")
    return [CALIBRATED_DOUBT if found.calibrated else UNCALIBRATED_DOUBT, *told]


def agreement(found: Comparison) -> str:
    """Say whether the witnesses agree, and where there is reason for doubt."""
    heard = [found.stated[kind].rare for kind in (NETWORK, ALIGNMENT) if kind in found.stated]
    if found.recording.same:
        if found.passages:
            return "Fingerprint and alignment agree."
        return "Fingerprint and alignment do not agree, so that there is reason for doubt: listen to both."
    if found.recording.same is None and not heard:
        return "Only the alignment decides here; listen to what it found."
    if heard and all(heard):
        return ("Composition model and alignment agree, each by itself: another performance, a cover or an "
                "arrangement. Listen to the passages below.")
    if any(heard):
        one, other = ("composition model", "alignment") if heard[0] else ("alignment", "composition model")
        return f"The {one} alone hears one composition, the {other} does not: there is reason for doubt, so listen."
    if found.passages:
        return ("As a whole they are not alike; what they share may be a quotation, or an idiom that both use. Listen "
                "to the passages below.")
    return "No witness hears anything that they share."


def _passages(found: Comparison) -> str:
    if not found.passages:
        return (f"No part of one answers a part of the other clearly enough (a score of {LEAST_SCORE:g} or more), in "
                "any of the twelve keys.")
    first = found.passages[0]
    return f"{wording.answer(first)} (score {first.score:.0f})."


def _recording(heard: Recording) -> str:
    if heard.heard_by != "landmarks":
        decided = {True: "the same recording", False: "not the same recording", None: "nothing it could decide"}
        return f"The fingerprint hears {decided[heard.same]} (similarity {heard.similarity:.2f})."
    share = f"{heard.similarity * 100:.0f} % of the loudest points of their spectrograms meet"
    if heard.same:
        return f"They are the same recording{wording.offset(heard.offset_s)}: {share}."
    return f"They are not the same recording: {share}, and from {landmarks.SAME * 100:g} % on they would be."

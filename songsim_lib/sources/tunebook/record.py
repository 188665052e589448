"""One score to its recordings: which bars to start from, and what becomes of a score that cannot be played."""

from __future__ import annotations

from pathlib import Path

import soundfile

from . import windows
from .encode import FORMATS
from .failures import Failure
from .music import Piece
from .perform import Performance, generator
from .session import Plan, Session
from .soundfont import RenderError

FATAL = (RenderError, OSError, soundfile.SoundFileError)  # no fault of the music's
TRIES = 3  # bars from which a score may fail before it is given up


def record_score(piece: Piece, plan: Plan, seed: int, folder: Path, known: dict[str, dict],
                 work_id: str | None = None) -> tuple[list[dict], list[Failure]]:
    """Make all recordings of a score that are not there yet, `folder`/audio/<score_id>[-w<k>]-p<n>.<suffix>.

    All performances differ in lead and key while possible. A piece too short for the windows asked for gets fewer.

    Parameters
    ----------
    known : rows of recordings that exist already, by track_id; kept where their recipe is still the same.
    work_id : the work the score belongs to (default: the score's own id).

    Returns
    -------
    Catalog rows; and, when there are none, one failure with the reason.

    Raises
    ------
    RenderError, OSError : the synthesizer is missing or the disk refuses; never for the music's sake.
    """
    if plan.encoding not in FORMATS:
        raise ValueError(f"encoding {plan.encoding!r} is not one of {', '.join(FORMATS)}")
    session = Session(piece, plan, seed, folder, known)
    rows: list[dict] = []
    reasons: list[str] = []
    taken: list[int] = []
    played: tuple[Performance, ...] = ()
    for start in [*plan.starts, *_starts(piece, seed, reasons)]:
        if len(taken) == plan.windows or len(reasons) == TRIES:
            break
        try:
            if windows.apart(piece, start, taken):
                made, played = session.window(start, len(taken) + 1, played)
                rows += made
                taken.append(start)
        except FATAL:
            raise
        except Exception as error:  # one odd score must not stop the edition; the reason is kept
            reasons.append(_told(error))
    if not rows:
        return [], [Failure(piece.score_id, str(piece.fact("title")), "playing", reasons[-1])]
    return [{**made, "work_id": work_id or piece.score_id} for made in rows], []


def _starts(piece: Piece, seed: int, reasons: list[str]) -> list[int]:
    """The bars to try; none, and a reason, when there is nothing to play."""
    try:
        return windows.starts(piece, generator(seed, piece.score_id, "windows"))
    except Exception as error:
        reasons.append(_told(error))
        return []


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0][:200]

"""Arrays that take a while to make are made once, and again when what they follow from has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from songsim_lib.files import atomic

Arrays = dict[str, np.ndarray]


def arrays(path: Path, made_from: str, make: Callable[[], Arrays]) -> Arrays:
    """Read arrays from a file, or make them and keep them there; parameters as for `find` and `keep`."""
    found = find(path, made_from)
    return keep(path, made_from, make()) if found is None else found


def find(path: Path, made_from: str) -> Arrays | None:
    """Read arrays from a file; None where it is absent, damaged, or was made from something else.

    Parameters
    ----------
    path : npz without pickled objects.
    made_from : names everything that the arrays follow from.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            if str(found["made_from"]) == made_from:
                return {name: found[name] for name in found.files if name != "made_from"}
    except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, BadZipFile):
        pass  # absent, damaged, or not ours
    return None


def keep(path: Path, made_from: str, made: Arrays) -> Arrays:
    """Write arrays to a file that `find` reads, and give them back."""
    with atomic(path) as temporary:
        np.savez(temporary, made_from=np.array(made_from), **made)  # type: ignore[arg-type]
    return made

"""A parameter that papermill was given and the notebook does not have is an error: papermill itself only warns."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from itertools import pairwise

from songsim_lib.config import choose

INJECTED = "# Parameters\n"  # how papermill begins the cell that it adds after the one tagged `parameters`
ITS_OWN = {"PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH"}  # added by `papermill --inject-paths`


def check(cells: Sequence[str] | None = None) -> None:
    """Compare what papermill has set with what the cell before it declares.

    Parameters
    ----------
    cells : the code cells that ran so far, in order; those of this notebook by default, none outside of one.

    Raises
    ------
    ChoiceError : names the parameter that the notebook does not have, and lists those it has.
    """
    for declared, injected in pairwise(_history() if cells is None else cells):
        if injected.startswith(INJECTED) and "profile" in assigned(declared):
            for name in sorted(assigned(injected) - ITS_OWN):
                choose("parameter", name, sorted(assigned(declared)))


def assigned(cell: str) -> set[str]:
    """Names that a cell gives a value to at its top level; none where it is not plain Python."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return set()
    targets = (target for statement in body if isinstance(statement, ast.Assign) for target in statement.targets)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _history() -> list[str]:
    """List the cells that this notebook has run, as IPython keeps them."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return list(shell.user_ns.get("In", [])) if shell else []

"""Run one notebook with papermill, in this very Python, and tell a failure so that it can be mended."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import papermill

from songsim_lib.paths import ROOT

# Said to nobody's use: tqdm.auto misses widgets that no one would see, and joblib's workers end with the kernel.
_QUIET = ("ignore:IProgress not found", "ignore:resource_tracker")


# Errors whose message says all that a reader needs: no code, no traceback.
_SAYS_ALL = {"RenderError", "ScoreError", "FetchError", "CatalogError", "ChoiceError", "OutOfTime"}


class StepError(RuntimeError):
    """A notebook that could not be run to its end; the message says where and why, `kind` names its error."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@contextmanager
def this_python() -> Iterator[None]:
    """Make the kernel `python3` mean this interpreter, whatever kernels the machine has registered."""
    python_path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=50"],
        "display_name": "Python 3",
        "language": "python",
        "env": {
            "PYTHONPATH": python_path,  # an environment without songsim installed
            "PYTHONHASHSEED": "0",  # same order of sets in every run
            # Figures are shown whatever the shell says about matplotlib.
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONWARNINGS": ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), *_QUIET))),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # no debugger warning at every start
        },
    }
    before = os.environ.get("JUPYTER_PATH")
    with tempfile.TemporaryDirectory() as folder:
        kernel = Path(folder) / "kernels" / "python3"
        kernel.mkdir(parents=True)
        (kernel / "kernel.json").write_text(json.dumps(spec))
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (folder, before)))
        try:
            yield
        finally:
            os.environ.pop("JUPYTER_PATH")
            if before is not None:
                os.environ["JUPYTER_PATH"] = before


def declared_parameters(notebook: Path) -> set[str]:
    """Names in the cell tagged `parameters`."""
    return set(papermill.inspect_notebook(str(notebook)))


def execute(notebook: Path, target: Path, parameters: dict[str, object]) -> None:
    """Run a notebook and save it, outputs included, as `target`, also when it fails.

    Progress bars of the notebook are shown as they grow when someone watches the terminal.

    Raises
    ------
    StepError : a cell failed, or the kernel died.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    watched = sys.stderr if sys.stderr.isatty() else None
    try:
        with this_python():
            papermill.execute_notebook(
                str(notebook),
                str(target),
                parameters=parameters,
                kernel_name="python3",
                cwd=str(target.parent),
                progress_bar=False,
                stderr_file=watched,
                start_timeout=180,
            )
    except papermill.PapermillExecutionError as error:
        raise StepError(_explain(error), error.ename) from error
    except Exception as error:  # the kernel died or never started: many libraries, one meaning
        raise StepError(
            f"{type(error).__name__}: {error}\n(a kernel that dies without an error of its own "
            "has most often run out of memory)"
        ) from error


def _explain(error: papermill.PapermillExecutionError, lines: int = 6) -> str:
    """Where a notebook failed: cell, the cell's first lines, the error, the end of the traceback."""
    if error.ename in _SAYS_ALL:
        return f"cell {error.cell_index + 1}:\n{error.evalue}"
    source = error.source.strip().splitlines()
    shown = source[:lines] + (["..."] if len(source) > lines else [])
    trace = re.sub("\x1b\\[[0-9;]*m", "", "\n".join(error.traceback)).rstrip().splitlines()[-2 * lines :]
    return "\n".join(
        [
            f"cell {error.cell_index + 1}, In [{error.exec_count}]:",
            *(f"    {line}" for line in shown),
            f"{error.ename}: {error.evalue}",
            "End of the traceback:",
            *(f"    {line}" for line in trace),
        ]
    )

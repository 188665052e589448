"""Keep each notebook and its script the same text: notebooks/NN_name.py is edited, NN_name.ipynb is made.

    python -m songsim_lib.notebooks            # fill the generated cells, make the .ipynb files
    python -m songsim_lib.notebooks --check    # change nothing; list what differs and fail
    python -m songsim_lib.notebooks --new 11_keys    # begin another one
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from songsim_lib.files import atomic
from songsim_lib.notebook_cells import begin, filled
from songsim_lib.paths import ROOT
from songsim_lib.repository import address


def _cells(notebook) -> list[tuple[str, str, list[str]]]:
    return [(cell.cell_type, cell.source, sorted(cell.metadata.get("tags", []))) for cell in notebook.cells]


def drift(script: Path, url: str) -> list[str]:
    """What differs between a percent script and its notebook: one sentence a difference."""
    import jupytext

    text, made = script.read_text(encoding="utf-8"), script.with_suffix(".ipynb")
    found = (
        [] if filled(text, script.stem, url) == text else [f"{script.name}: badges or bootstrap are stale"]
    )
    if not made.exists():
        return [*found, f"{made.name}: missing"]
    ours, theirs = jupytext.reads(text, fmt="py:percent"), jupytext.read(made)
    if ours.metadata.get("kernelspec") != theirs.metadata.get("kernelspec"):
        found.append(f"{made.name}: another kernelspec than {script.name}")
    if any(cell.get("outputs") for cell in theirs.cells):
        found.append(f"{made.name}: holds outputs")
    if len(ours.cells) != len(theirs.cells):
        found.append(f"{made.name}: {len(theirs.cells)} cells, {script.name} has {len(ours.cells)}")
    pairs = zip(_cells(ours), _cells(theirs), strict=False)
    return found + [
        f"{made.name}: cell {n} differs from {script.name}" for n, (a, b) in enumerate(pairs, 1) if a != b
    ]


def synchronise(script: Path, url: str) -> bool:
    """Make NN_name.ipynb from NN_name.py; unchanged cells keep their ids. True when something was written."""
    import jupytext
    from jupytext.combine import combine_inputs_with_outputs

    if not drift(script, url):
        return False
    text, made = filled(script.read_text(encoding="utf-8"), script.stem, url), script.with_suffix(".ipynb")
    notebook = jupytext.reads(text, fmt="py:percent")
    if made.exists():
        notebook = combine_inputs_with_outputs(notebook, jupytext.read(made), fmt="ipynb")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for path, content in ((script, text), (made, jupytext.writes(notebook, fmt="ipynb"))):
        with atomic(path) as temporary:
            Path(temporary).write_text(content, encoding="utf-8")
    return True


def main(arguments: list[str] | None = None) -> int:
    """Command line: make the notebooks, or with ``--check`` say which are stale; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m songsim_lib.notebooks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a notebook is stale")
    parser.add_argument("--new", metavar="NN_name", help="begin a notebook: write its script up to its own cells")
    parser.add_argument("--folder", type=Path, default=ROOT / "notebooks")
    options = parser.parse_args(arguments)
    url, stale = address(), []
    if options.new:
        script = options.folder / f"{options.new}.py"
        try:
            begin(script, url)
        except (ValueError, FileExistsError) as error:
            parser.error(str(error))
        print(f"wrote {script.name}; write its cells, then run python -m songsim_lib.notebooks")
        return 0
    for script in sorted(options.folder.glob("[0-9][0-9]_*.py")):
        if options.check:
            stale += drift(script, url)
        elif synchronise(script, url):
            print(f"made {script.with_suffix('.ipynb').name}")
    print(*stale, sep="\n", end="\n" if stale else "")
    if stale:
        print("Run: python -m songsim_lib.notebooks", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

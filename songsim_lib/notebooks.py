"""Keep each notebook and its script the same text: notebooks/NN_name.py is edited, NN_name.ipynb is made.

    python -m songsim_lib.notebooks            # fill the generated cells, make the .ipynb files
    python -m songsim_lib.notebooks --check    # change nothing; list what differs and fail
    python -m songsim_lib.notebooks --new 11_keys    # begin another one

Two cells of every script are generated too, because they hold the project's public address, which stands in
pyproject.toml alone: the one tagged ``badges`` and the one tagged ``bootstrap``.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from functools import partial
from pathlib import Path

from songsim_lib.files import atomic
from songsim_lib.paths import ROOT

COLAB = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{slug}/blob/main/notebooks/{name}.ipynb)"
)
KAGGLE = (
    "[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]"
    "(https://kaggle.com/kernels/welcome?src=https://github.com/{slug}/blob/main/notebooks/{name}.ipynb)"
)

# Opened on Colab or Kaggle a notebook has nothing but itself; elsewhere the library is installed or nearby.
BOOTSTRAP = """\
import glob, importlib.util, os, pathlib, subprocess, sys
if importlib.util.find_spec("songsim_lib") is None:  # look nearby; Colab and Kaggle may fetch it
    places = [".", "..", "songsim", *glob.glob("/kaggle/input/*"), *glob.glob("/kaggle/input/*/*/*")]
    root = pathlib.Path(next((p for p in places if os.path.isdir(f"{{p}}/songsim_lib")), "songsim"))
    if not root.exists() and os.environ.keys() & {{"KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"}}:
        subprocess.run(["git", "clone", "--depth=1", "{url}", "songsim"], check=True)
    sys.path.insert(0, str(root.resolve()))
importlib.import_module("songsim_lib.environment").prepare_hosted()  # does nothing on your own machine
"""


def repository(pyproject: Path | None = None) -> str:
    """The project's public address, from ``[project.urls]``; the only place that knows it."""
    with open(pyproject or ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"].removesuffix(".git").rstrip("/")


def badge(name: str, url: str) -> str:
    """Links, as Markdown, that open a notebook in Colab and in Kaggle (both read from GitHub only)."""
    slug = url.removeprefix("https://github.com/")
    if slug == url:
        return f"[The project]({url})"
    return " ".join(link.format(slug=slug, name=name) for link in (COLAB, KAGGLE))


# What a new script begins with; `filled` completes it.
NEW = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {number} · {title}
#
# **Question.** What does this notebook ask?
#
# **Reads** the catalog and feature store of `00_data`. **Writes** what it finds.

# %% [markdown] tags=["badges"]

# %% tags=["bootstrap"]

# %% tags=["parameters"]
source = "tunebook"
profile = "auto"
seed = 0
output = ""

# %%
from songsim_lib import needs
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)
"""


def begin(script: Path, url: str) -> None:
    """Write the script of a new notebook up to the cells that are its own.

    Raises
    ------
    ValueError : it is not called as notebooks are ("11_keys.py").
    FileExistsError : there is one.
    """
    named = re.fullmatch(r"([0-9]{2})_([a-z0-9_]+)", script.stem)
    if not named:
        raise ValueError(f"{script.stem!r} is no name of a notebook; it should be like 11_keys")
    text = NEW.format(number=named[1], title=named[2].replace("_", " ").capitalize())
    with open(script, "x", encoding="utf-8") as file:
        file.write(filled(text, script.stem, url))


def _refill(cell: re.Match[str], text: str) -> str:
    return f"{cell[1]}{text}\n"


def filled(script: str, name: str, url: str) -> str:
    """The script with its generated cells brought up to date.

    Raises
    ------
    ValueError
        If the script lacks one of the two cells, or has it twice.
    """
    for tag, text in {"badges": f"# {badge(name, url)}\n", "bootstrap": BOOTSTRAP.format(url=url)}.items():
        cell = re.compile(rf'^(# %%.*tags=\["{tag}"\].*\n)(?:(?!# %%).*\n?)*', re.MULTILINE)
        script, count = cell.subn(partial(_refill, text=text), script)
        if count != 1:
            raise ValueError(f'{name}.py: expected one cell with tags=["{tag}"], found {count}')
    return script


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
    url, stale = repository(), []
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

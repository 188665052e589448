"""The cells that are the same in every notebook, and what a new one begins with.

Those tagged ``badges`` and ``bootstrap`` are generated, because they hold the project's public address.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from songsim_lib.repository import badge

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

# A whole address: opened in Colab or Kaggle a notebook has no file beside it.
GLOSSARY = "[Words of the field]({url}/blob/main/notebooks/glossary.md)"

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


def _refill(cell: re.Match[str], text: str) -> str:
    return f"{cell[1]}{text}\n"


def filled(script: str, name: str, url: str) -> str:
    """The script with its generated cells brought up to date.

    Raises
    ------
    ValueError
        If the script lacks one of the two cells, or has it twice.
    """
    links = f"# {badge(name, url)} {GLOSSARY.format(url=url)}\n"
    for tag, text in {"badges": links, "bootstrap": BOOTSTRAP.format(url=url)}.items():
        cell = re.compile(rf'^(# %%.*tags=\["{tag}"\].*\n)(?:(?!# %%).*\n?)*', re.MULTILINE)
        script, count = cell.subn(partial(_refill, text=text), script)
        if count != 1:
            raise ValueError(f'{name}.py: expected one cell with tags=["{tag}"], found {count}')
    return script


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

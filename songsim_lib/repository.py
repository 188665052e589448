"""Where the project is published: its address, which stands in pyproject.toml alone, and links that open notebooks."""

from __future__ import annotations

import tomllib
from pathlib import Path

from songsim_lib.paths import ROOT

COLAB = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{slug}/blob/main/notebooks/{name}.ipynb)"
)
KAGGLE = (
    "[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]"
    "(https://kaggle.com/kernels/welcome?src=https://github.com/{slug}/blob/main/notebooks/{name}.ipynb)"
)


def address(pyproject: Path | None = None) -> str:
    """The project's public address, from ``[project.urls]``; the only place that knows it."""
    with open(pyproject or ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"].removesuffix(".git").rstrip("/")


def badge(name: str, url: str) -> str:
    """Links, as Markdown, that open a notebook in Colab and in Kaggle (both read from GitHub only)."""
    slug = url.removeprefix("https://github.com/")
    if slug == url:
        return f"[The project]({url})"
    return " ".join(link.format(slug=slug, name=name) for link in (COLAB, KAGGLE))

"""The report: a study's executed notebooks as one HTML file that needs no network and no other file.

Beside it, in `notebooks/`, lies a page for each executed notebook with its code shown.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

STYLE = Path(__file__).with_name("page.css")
MAX_BYTES = 15_000_000


def pages_of(folder: Path) -> Environment:
    """Open a folder of templates; all text that they are given is escaped."""
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True)


def build(study_folder: Path) -> Path:
    """Turn a study folder into its report.

    Parameters
    ----------
    study_folder : holds the executed notebooks (`NN_name.ipynb`), and when the chain ran them `steps.json`
        (times, versions), `results.json` (numbers, caveats) and `sound_map.json`.

    Returns
    -------
    Path of the report, `report.html` in the same folder.

    Raises
    ------
    FileNotFoundError : the folder holds no executed notebook.
    """
    from songsim_lib.report.making import make  # takes seconds to import, and a comparison's page needs none of it

    return make(study_folder)

"""Go on from what an earlier run left elsewhere, a folder that may be read-only (Kaggle attaches outputs that way)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from songsim_lib.chain.products import Products
from songsim_lib.chain.run import ChainError
from songsim_lib.paths import Paths, platform
from songsim_lib.study import Study

ATTACHED = Path("/kaggle/input")
DEEPEST = 4  # folders below ATTACHED in which an output may lie
WRITABLE = 0o700


def take_up(earlier: str, study: Study, fresh: bool = False) -> list[Path]:
    """Copy what an earlier run made for this study into its own folders, each folder whole or not at all.

    What is there already stays: it is newer. The steps that were finished then are skipped as they would be there.

    Parameters
    ----------
    earlier : the earlier output (with `cache/` and `runs/`, or `runs/` alone); empty takes what Kaggle has attached.
    fresh : take nothing up.

    Returns
    -------
    The folders that were copied to.

    Raises
    ------
    ChainError : `earlier` was named and holds nothing of this study; names the folder it should hold.
    """
    if fresh:
        return []
    found = [folder for output in outputs(earlier) for folder in parts(output, study)]
    if earlier and not found:
        raise ChainError(f"{earlier} holds nothing of this study: there is no runs/{study.folder.name} in it")
    copied = []
    for source, target in found:
        if not target.exists():
            _copy(source, target)
            copied.append(target)
    if copied:
        print(f"Taken up from {found[0][0].parent.parent}: {', '.join(path.name for path in copied)}", flush=True)
    return copied


def outputs(earlier: str) -> Iterator[Path]:
    """Find the outputs to take from: the one that was named, else (on Kaggle) those that are attached."""
    if earlier:
        yield Path(earlier)
    elif platform() == "kaggle":
        for place, folders, _ in os.walk(ATTACHED):
            if "runs" in folders:
                yield Path(place)
            if len(Path(place).relative_to(ATTACHED).parts) >= DEEPEST:
                folders.clear()


def parts(output: Path, study: Study) -> Iterator[tuple[Path, Path]]:
    """List what an output holds of a study: each folder there, and where it belongs."""
    there, here = Paths(output), study.paths
    store = there.cache / study.store_folder.name
    for folder in (*Products(store, there.runs, study.name), there.runs / study.folder.name):
        if folder.is_dir():
            yield folder, here.output / folder.relative_to(output)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder under another name first, so that one that is found is whole; what was read-only can be written."""
    unfinished = target.with_name(f".{target.name}.taking")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished, copy_function=shutil.copyfile)
    for place, _, _ in os.walk(unfinished):
        os.chmod(place, WRITABLE)
    unfinished.replace(target)

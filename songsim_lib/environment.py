"""Does this Python have what the project needs? (standard library only)

    python -m songsim_lib.environment [--extra dev]     # list what is missing; fails when something is
    python -m songsim_lib.environment --hosted          # Colab, Kaggle: add it to the running Python

pyproject.toml holds the one list of requirements; versions are looked up, nothing is imported.
"""

from __future__ import annotations

import argparse
import importlib
import operator
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from songsim_lib.paths import ROOT, platform

# Colab and Kaggle build these for their drivers: another build breaks the GPU or other packages. The last one is what
# the notebook itself runs in: another version would ask for a restart.
KEPT = ("torch", "torchvision", "numpy", "ipykernel")

_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def requirements(extra: str = "", pyproject: Path | None = None) -> list[str]:
    """List what the project needs, as pyproject.toml says it; `extra` adds optional groups ("dev", "render,sweep")."""
    with open(pyproject or ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    groups = [project["optional-dependencies"][group] for group in extra.split(",") if group]
    return sum(groups, project["dependencies"])


def name_of(requirement: str) -> str:
    """Name of the package a requirement asks for: "pandas>=2.2" is "pandas"."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _release(text: str) -> tuple[int, ...]:
    """ "2.11.0+cu128" -> (2, 11, 0, 0), padded so that 2.4 equals 2.4.0."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(number) for number in found[0].split(".")] if found else []
    return tuple((numbers + [0] * 4)[:4])


def fits(found: str, requirement: str) -> bool:
    """Whether version `found` meets a requirement such as "papermill>=2.6,<3".

    Raises
    ------
    ValueError : the requirement is written in a way this reader does not know (markers, `~=`, addresses).
    """
    conditions = requirement[len(name_of(requirement)) :].replace(" ", "")
    for condition in filter(None, conditions.split(",")):
        parsed = re.fullmatch(r"(>=|<=|==|!=|>|<)([\d.]+)", condition)
        if not parsed:
            raise ValueError(f"pyproject.toml: cannot read {requirement!r}; write it as name>=1.2,<3")
        if not _COMPARE[parsed[1]](_release(found), _release(parsed[2])):
            return False
    return True


def installed(name: str) -> str | None:
    """Version of an installed package, or None (an install that was cut short may have lost its version)."""
    try:
        return version(name) or None
    except (PackageNotFoundError, KeyError):
        return None


def missing(extra: str = "") -> list[str]:
    """The requirements that this Python does not meet."""
    found = ((requirement, installed(name_of(requirement))) for requirement in requirements(extra))
    return [requirement for requirement, has in found if has is None or not fits(has, requirement)]


def install(needs: list[str]) -> None:
    """Add packages to this Python with pip, leaving torch and the others of `KEPT` exactly as they are.

    Raises
    ------
    subprocess.CalledProcessError : pip failed; its own message stands above.
    """
    pinned = [f"{name}=={installed(name)}" for name in KEPT if installed(name)]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(pinned))
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(constraints), *needs],
            check=True,
        )
    importlib.invalidate_caches()


def prepare_hosted(extra: str = "") -> None:
    """On Colab or Kaggle add what is missing to the running Python; anywhere else do nothing."""
    if platform() == "local":
        return
    lacking = missing(extra)
    for requirement in [need for need in lacking if name_of(need) in KEPT]:
        print(f"songsim asks for {requirement}; this machine's own {installed(name_of(requirement))} is kept")
    needs = [need for need in lacking if name_of(need) not in KEPT]
    if needs:
        print(f"installing {', '.join(needs)}", flush=True)
        install(needs)


def main(arguments: list[str] | None = None) -> int:
    """Command line: print what is missing (or install it on Colab and Kaggle); returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m songsim_lib.environment", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--extra", default="", help="optional groups of pyproject.toml, such as dev")
    parser.add_argument("--hosted", action="store_true", help="on Colab and Kaggle: install what is missing")
    options = parser.parse_args(arguments)
    if options.hosted:
        prepare_hosted(options.extra)
        return 0
    lacking = missing(options.extra)
    print(*lacking, sep="\n", end="\n" if lacking else "")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())

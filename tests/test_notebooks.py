"""Each notebook and its percent script say the same, start the same way, and can be run again by anyone."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from support import ROOT

from songsim_lib import notebooks
from songsim_lib.chain.execute import this_python
from songsim_lib.repository import address

FOLDER = ROOT / "notebooks"
SCRIPTS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def tagged(script: Path, tag: str) -> list[str]:
    cells = jupytext.read(script, fmt="py:percent").cells
    return [cell.source for cell in cells if tag in cell.metadata.get("tags", [])]


def test_the_study_has_all_its_notebooks():
    assert [path.name[:2] for path in SCRIPTS] == [f"{number:02}" for number in range(len(SCRIPTS))]
    assert len(SCRIPTS) >= 11
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {path.stem for path in SCRIPTS}


@each_script
def test_a_notebook_says_what_its_script_says(script):
    assert notebooks.drift(script, address()) == []


@each_script
def test_a_notebook_is_made_for_readers(script):
    cells = jupytext.read(script, fmt="py:percent").cells
    code = [cell.source.splitlines() for cell in cells if cell.cell_type == "code"]
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    assert len(code) <= 20, "code cells"
    long = [lines[0] for lines in code if len(lines) > 15]
    assert long == [], "cells of more than 15 lines"
    assert len(tagged(script, "bootstrap")[0].splitlines()) <= 8


@each_script
def test_parameters_are_literals_with_the_same_names_everywhere(script):
    [source] = tagged(script, "parameters")
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}
    always = {"source": "tunebook", "profile": "auto", "seed": 0, "output": ""}
    some = {"experiments": "all", "seeds": 1, "covers_folder": "", "covers_split": "", "song_a": "", "song_b": "",
            "catalog_folder": "", "query": ""}
    assert {name: values.get(name) for name in always} == always
    assert values.items() <= (always | some).items()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A script in a folder of its own, with its notebook made."""
    script = tmp_path / SCRIPTS[0].name
    shutil.copy(SCRIPTS[0], script)
    notebooks.synchronise(script, address())
    return script


def test_a_changed_cell_is_drift_and_the_other_cells_keep_their_ids(copy):
    before = nbformat.read(copy.with_suffix(".ipynb"), as_version=4)
    text = copy.read_text()
    copy.write_text(text.rstrip("\n") + "\n\n# %%\nnew_cell = 1\n")
    assert notebooks.drift(copy, address())
    assert notebooks.main(["--folder", str(copy.parent), "--check"]) == 1
    assert notebooks.main(["--folder", str(copy.parent)]) == 0
    after = nbformat.read(copy.with_suffix(".ipynb"), as_version=4)
    assert [cell.id for cell in after.cells[:-1]] == [cell.id for cell in before.cells]
    assert notebooks.main(["--folder", str(copy.parent), "--check"]) == 0


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda book: book.cells[0].update(source="# Another title"), "cell 1 differs"),
        (
            lambda book: next(
                c for c in book.cells if "parameters" in c.metadata.get("tags", [])
            ).metadata.clear(),
            "differs",
        ),
        (lambda book: book.cells.pop(), "cells"),
        (lambda book: book.metadata.kernelspec.update(name="other"), "kernelspec"),
        (
            lambda book: next(c for c in book.cells if c.cell_type == "code").outputs.append(
                nbformat.v4.new_output("stream", text="x")
            ),
            "outputs",
        ),
    ],
    ids=["source", "tag", "missing cell", "kernel", "outputs"],
)
def test_every_kind_of_drift_is_found_and_mended(copy, damage, told):
    made = copy.with_suffix(".ipynb")
    book = nbformat.read(made, as_version=4)
    damage(book)
    nbformat.write(book, made)
    assert any(told in line for line in notebooks.drift(copy, address()))
    notebooks.synchronise(copy, address())
    assert notebooks.drift(copy, address()) == []


def test_when_the_project_moves_every_notebook_follows(copy):
    moved = "https://github.com/someone/else"
    assert any("stale" in line for line in notebooks.drift(copy, moved))
    notebooks.synchronise(copy, moved)
    assert "colab.research.google.com/github/someone/else/blob/main/notebooks" in tagged(copy, "badges")[0]
    assert f'"{moved}"' in tagged(copy, "bootstrap")[0]


def test_a_script_without_its_generated_cells_is_an_error(copy):
    copy.write_text(copy.read_text().replace('tags=["bootstrap"]', ""))
    with pytest.raises(ValueError, match=r'expected one cell with tags=\["bootstrap"\], found 0'):
        notebooks.drift(copy, address())


def bootstrap(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the bootstrap cell as a Python that has no songsim and no other package."""
    code = tagged(SCRIPTS[0], "bootstrap")[0] + "\nimport songsim_lib; print(songsim_lib.__file__)"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COLAB", "KAGGLE"))}
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=folder,
        env={**clean, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("folder", [ROOT, FOLDER], ids=["from the root", "from notebooks/"])
def test_a_notebook_finds_the_library_beside_it(folder):
    result = bootstrap(folder)
    assert result.stdout.strip() == str(ROOT / "songsim_lib" / "__init__.py"), result.stderr


def test_alone_at_home_a_notebook_fetches_nothing(tmp_path):
    result = bootstrap(tmp_path)
    assert "No module named 'songsim_lib'" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"COLAB_RELEASE_TAG": "release"},
        {"COLAB_RELEASE_TAG": "release", "KAGGLE_KERNEL_RUN_TYPE": "Interactive"},
    ],
    ids=["Colab", "Kaggle"],
)
def test_alone_on_colab_or_kaggle_a_notebook_fetches_the_project(variables, tmp_path):
    git = tmp_path / "bin" / "git"  # clones by copying, whatever the address
    git.parent.mkdir()
    git.write_text(
        f'#!/bin/sh\nmkdir "$4"\necho "$3" > address\ncp -r "{ROOT}/songsim_lib" "$4"\n'
        "echo '[project]\ndependencies = []' > \"$4/pyproject.toml\"\n"
    )
    git.chmod(0o755)
    work = tmp_path / "content"
    work.mkdir()
    for _ in range(2):  # the second time it is there
        result = bootstrap(work, PATH=f"{git.parent}{os.pathsep}{os.environ['PATH']}", **variables)
        assert result.stdout.strip() == str(work / "songsim" / "songsim_lib" / "__init__.py"), result.stderr
    assert (work / "address").read_text().strip() == address()


def run_again(smoke: Path, *numbers: str) -> None:
    """The smoke notebooks, parameters inside, through nbval: no cell fails, no training is repeated, and the cells with
    the tag `nbval-check-output`, which print metrics, print the same again.
    """
    trained = {path: path.stat().st_mtime_ns for path in smoke.parent.glob("*/history.csv")}
    assert len(trained) == 3
    executed = [str(path) for number in numbers for path in sorted(smoke.glob(f"{number}_*.ipynb"))]
    options = ["--nbval-lax", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(smoke)]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with this_python():
        result = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *executed],
            cwd=smoke,
            env={**plain, "JUPYTER_PATH": os.environ["JUPYTER_PATH"]},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    assert {path: path.stat().st_mtime_ns for path in trained} == trained


def test_executed_notebooks_run_again_and_find_the_training_done(smoke):
    run_again(smoke, "00", "05")  # one that makes what others read, and one that trains


@pytest.mark.stress
def test_all_executed_notebooks_run_again(smoke):
    run_again(smoke, "[0-9][0-9]")


def test_executed_notebooks_are_small_and_show_progress_as_text(smoke):
    executed = [nbformat.read(path, as_version=4) for path in sorted(smoke.glob("[0-9][0-9]_*.ipynb"))]
    sizes = {path.name: path.stat().st_size for path in smoke.glob("[0-9][0-9]_*.ipynb")}
    assert len(sizes) == len(SCRIPTS)
    assert [name for name, size in sizes.items() if size > 10_000_000] == []
    outputs = [output for book in executed for cell in book.cells for output in cell.get("outputs", [])]
    assert not any("widget" in kind for output in outputs for kind in output.get("data", {}))
    assert any("%|" in output.text for output in outputs if output.output_type == "stream"), "there are no bars"

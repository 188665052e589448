"""Each recipe of CONTRIBUTING.md, followed literally in a copy of the project, gives what it promises."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import soundfile
import test_notebooks
import test_reading
import tiny
import yaml
from support import ROOT

from songsim_lib import publish, readme

RECIPES = ("Add a source", "Add a model", "Add a notebook")
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(recipe: str) -> list[tuple[str, str]]:
    """The code of a recipe, in its order: (language, text)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return BLOCK.findall(re.split(r"^## ", text.partition(f"## {recipe}\n")[2], flags=re.MULTILINE)[0])


def table_ends(source: str, name: str) -> tuple[int, int]:
    """First line of the assignment to `name` (its comment included), and the line that closes its rows; from 0."""
    [found] = [node for node in ast.parse(source).body if isinstance(node, ast.Assign | ast.AnnAssign)
               and name in ast.unparse(node).split("=")[0].split(":")[0]]
    rows = found.value.generators[0].iter if isinstance(found.value, ast.DictComp) else found.value
    lines, first = source.splitlines(), found.lineno - 1
    while lines[first - 1].startswith("#"):
        first -= 1
    return first, rows.end_lineno - 1


def write(project: Path, code: str) -> Path:
    """Put a block where its first line says; returns the file."""
    told, _, body = code.partition("\n")
    name, where = re.fullmatch(r"# (\S+): (new|at the end|before \w+|a row of \w+)", told).groups()
    path = project / name
    if where == "new":
        assert not path.exists()
        path.write_text(body, encoding="utf-8")
        return path
    lines = path.read_text(encoding="utf-8").splitlines()
    if where == "at the end":
        lines += body.splitlines()
    else:
        first, closing = table_ends("\n".join(lines), where.split()[-1])
        at, gap = (first, ["", ""]) if where.startswith("before") else (closing, [])
        lines[at:at] = body.splitlines() + gap
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def python(project: Path, *arguments: str) -> str:
    """Run this Python on the copy's library; returns what it printed."""
    paths = os.pathsep.join([str(project), str(ROOT / "tests")])
    result = subprocess.run([sys.executable, *arguments], cwd=project, env={**os.environ, "PYTHONPATH": paths},
                            capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    return result.stdout


def follow(project: Path, recipe: str) -> None:
    """Do what a recipe says; a long run is only checked for what it asks."""
    for language, code in blocks(recipe):
        if language == "python":
            path = write(project, code)
            python(project, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(path))
            continue
        for command in code.splitlines():
            if command.startswith("./run_all.sh "):
                python(project, "-m", "songsim_lib.cli", "--check", *command.split()[1:])
            elif command == "python -m songsim_lib.publish":  # here: another Python would take long to import it all
                with pytest.MonkeyPatch.context() as there:
                    there.setattr(readme, "ROOT", project)
                    there.setattr(publish, "README", project / "README.md")
                    assert publish.main([]) == 0
            else:
                python(project, *command.removeprefix("python ").split())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the recipes touch."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("songsim_lib", "notebooks"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*checkpoints"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    (copy / "data").mkdir()
    for path in (ROOT / "data").iterdir():
        if path.name not in {"cache", "runs"}:
            (copy / "data" / path.name).symlink_to(path)
    return copy


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_at_most_ten_lines_to_write(recipe):
    written = [line for language, code in blocks(recipe) if language == "python" for line in code.splitlines()[1:]]
    assert 0 < len([line for line in written if line.strip()]) <= 10


def test_a_new_source_is_listed_and_gives_a_catalog(project):
    folder = project / "data" / "ballads"
    folder.mkdir()
    for i in range(3):
        soundfile.write(folder / f"{i}.wav", tiny.melody(i), 22_050)
    pd.DataFrame({"file": ["0.wav", "1.wav", "2.wav"], "title": ["A", "A again", "B"],
                  "work_id": ["a", "a", "b"]}).to_csv(folder / "index.csv", index=False)
    follow(project, "Add a source")
    assert re.search(r"^ +ballads +ballads that I recorded$", python(project, "-m", "songsim_lib.cli", "--help"),
                     re.MULTILINE)
    told = python(project, "-c", """
from songsim_lib import catalog, sources
from songsim_lib.source_choice import SourceChoice
choice = SourceChoice.of("ballads")
table = catalog.validate(sources.source(choice)(choice, None, 0, 100))
print(table[["title", "work_id"]].to_json(orient="values"))
""")
    assert json.loads(told) == [["A", "a"], ["A again", "a"], ["B", "b"]]


def test_a_new_model_is_an_experiment_and_trains(project, tmp_path):
    follow(project, "Add a model")
    told = python(project, "-c", f"""
import tiny
from dataclasses import replace
from pathlib import Path
from songsim_lib import config, models, runs
experiment = replace(config.EXPERIMENTS["pooled_b32"], batch_size=8)
run = runs.fit(tiny.study(Path({str(tmp_path)!r}), profile=replace(tiny.PROFILE, max_epochs=1)), experiment)
print(type(run.model()).__name__, len(run.history), len(run.embeddings["embedding"].iloc[0]), run.title)
""")
    assert told.splitlines()[-1] == "PooledCNN 1 128 CNN, pooled (no pretraining)"


def test_a_new_notebook_is_made_and_passes_what_is_asked_of_notebooks(project):
    follow(project, "Add a notebook")
    *_, before, script = sorted((project / "notebooks").glob("[0-9][0-9]_*.py"))
    assert script.name == "11_keys.py"
    for check in (test_notebooks.test_a_notebook_says_what_its_script_says,
                  test_notebooks.test_a_notebook_is_made_for_readers,
                  test_notebooks.test_parameters_are_literals_with_the_same_names_everywhere,
                  test_reading.test_a_notebook_ends_with_exercises,
                  test_reading.test_every_figure_has_prose_beside_it):
        check(script)
    test_notebooks.test_a_notebook_says_what_its_script_says(before)
    test_reading.test_a_notebook_leads_on_to_the_next(before, script)
    assert "notebooks/11_keys.ipynb" in (project / "README.md").read_text(encoding="utf-8")


def test_a_notebook_is_not_begun_twice_nor_under_a_wrong_name(project):
    for name, said in (("00_data", "File exists"), ("keys", "no name of a notebook")):
        with pytest.raises(AssertionError, match=said):
            python(project, "-m", "songsim_lib.notebooks", "--new", name)


def test_the_citation_names_this_version_of_the_package():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(told), "the keys that the format requires"
    assert (told["cff-version"], told["type"]) == ("1.2.0", "software")
    assert told["title"].startswith(f"{package['name']}:")
    assert (str(told["version"]), told["license"]) == (package["version"], package["license"])
    assert [author["name"] for author in told["authors"]] == [author["name"] for author in package["authors"]]
    for cited in told["references"]:  # the study that this one rebuilds
        assert cited["type"] and cited["title"]
        assert all(set(one) <= {"family-names", "given-names"} for one in cited["authors"])

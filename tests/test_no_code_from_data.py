"""Data is never run: nothing in the library unpickles, evaluates or passes text to a shell."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from support import ROOT

# Calls that turn data into code; of those with a condition, the keyword that makes them safe.
ALWAYS = {"eval", "exec", "pickle.load", "pickle.loads", "pickle.Unpickler", "pd.read_pickle", "pandas.read_pickle",
          "yaml.load", "yaml.unsafe_load", "joblib.load", "marshal.load", "marshal.loads", "shelve.open", "os.system",
          "os.popen", "dill.load", "cloudpickle.load", "runpy.run_path"}
UNLESS = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False),
          "numpy.load": ("allow_pickle", False)}


def name_of(node: ast.expr) -> str:
    """Write the function of a call as it is called: "np.load"."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def dangers(source: str) -> list[str]:
    """List the calls in some code that could run data, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name, given = name_of(node.func), {one.arg: getattr(one.value, "value", None) for one in node.keywords}
        keyword, safe = UNLESS.get(name, ("", None))
        if name in ALWAYS or (keyword and given.get(keyword) is not safe) or given.get("shell") is True:
            found.append(f"line {node.lineno}: {name}")
    return found


@pytest.mark.parametrize("place", ["songsim_lib", "notebooks"])
def test_nothing_that_is_read_is_run(place):
    files = sorted((ROOT / place).rglob("*.py"))
    assert len(files) > 10
    told = {str(path.relative_to(ROOT)): found for path in files if (found := dangers(path.read_text("utf-8")))}
    # The bootstrap cell of each notebook starts git, and the notebooks' own cells are no data.
    assert told == {}


@pytest.mark.parametrize("line", [
    "pickle.load(file)", "eval(text)", "torch.load(path)", "torch.load(path, weights_only=False)", "np.load(path)",
    "np.load(path, allow_pickle=True)", "pd.read_pickle(path)", "subprocess.run(text, shell=True)", "yaml.load(text)"])
def test_what_is_looked_for_is_found(line):
    assert dangers(f"def read(path):\n    return {line}\n")


@pytest.mark.parametrize("line", ["torch.load(path, weights_only=True)", "np.load(path, allow_pickle=False)",
                                  "model.eval()", "json.loads(text)", "subprocess.run(['git'], check=True)"])
def test_what_is_safe_is_allowed(line):
    assert dangers(line) == []


def test_shell_scripts_evaluate_nothing():
    for path in (ROOT / "run_all.sh", ROOT / ".ci" / "run"):
        words = Path(path).read_text("utf-8").split()
        assert "eval" not in words and "source" not in words

"""Shared by the tests of the chain, the notebooks and the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from support import find_browser, run_cli

from songsim_lib import compiled

pytest_plugins = ["faults"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with one file that needs the smoke chain, and end with the others: no process waits for it meanwhile."""
    waiting = {item.path for item in items if "smoke" in getattr(item, "fixturenames", ())}
    first = "test_notebooks.py"
    items.sort(key=lambda item: 1 if item.path not in waiting else 0 if item.path.name == first else 2)


def pytest_sessionstart() -> None:
    """Two processes of pytest-xdist that both compile librosa's functions would spoil them."""
    compiled.ready()


@pytest.fixture
def tiny_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Make a small notebook: a cell tagged `parameters`, then the cells given."""

    def make(
        name: str, *cells: str, parameters: str = "seed = 0", markdown: str = "# A small notebook"
    ) -> Path:
        new = nbformat.v4
        notebook = new.new_notebook(
            metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        )
        tagged = new.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook.cells = [new.new_markdown_cell(markdown), tagged, *map(new.new_code_cell, cells)]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium of this machine; tests that need it are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if (executable := find_browser()) is None:
        pytest.skip("no Chromium or Chrome on this machine")
    allow = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable, args=allow)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The whole study at its smallest, run once for all tests through the command line: its study folder."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent  # pytest-xdist: one run for all workers
    output = shared / "smoke"
    with FileLock(shared / "smoke.lock"):
        done = output / "cli.json"
        if not done.exists():
            result = run_cli("--profile", "smoke", "--output", str(output))
            output.mkdir(exist_ok=True)
            done.write_text(json.dumps([result.returncode, result.stdout, result.stderr]))
    code, stdout, stderr = json.loads(done.read_text())
    assert code == 0, f"the smoke chain failed:\n{stdout[-2000:]}\n{stderr[-4000:]}"
    return output / "runs" / "study-tunebook-smoke-s0"


@pytest.fixture(scope="session")
def smoke_stdout(smoke: Path) -> str:
    """What the smoke chain printed."""
    return json.loads((smoke.parents[1] / "cli.json").read_text())[1]

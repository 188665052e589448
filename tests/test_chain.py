"""The chain runs notebooks in order, stops at a failure, and continues where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from support import ROOT

from songsim_lib.chain import Chain, ChainError, Request, Step, corpus_of, run, step_of, trained_in
from songsim_lib.chain.keys import corpus_digest, library_digest, step_keys
from songsim_lib.chain.memory import PeakMemory
from songsim_lib.chain.products import Products
from songsim_lib.config import EXPERIMENTS
from songsim_lib.files import read_json
from songsim_lib.source_choice import SourceChoice
from songsim_lib.study import Study

WRITE = "from pathlib import Path; Path('{0}.txt').write_text(str(seed))"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "study"


def chain(folder: Path, *notebooks: Path, **options) -> Chain:
    return Chain([Step(notebook, {"seed": 3}) for notebook in notebooks], folder, **options)


def outputs(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def test_steps_run_in_order_with_their_parameters_and_are_recorded(tiny_notebook, folder):
    first, second = (
        tiny_notebook("00_a", WRITE.format("a")),
        tiny_notebook("01_b", "print(open('a.txt').read(), seed)"),
    )
    run(chain(folder, first, second))
    assert outputs(folder / "01_b.ipynb").split() == ["3", "3"]
    steps = read_json(folder / "steps.json")["steps"]
    assert list(steps) == ["00_a", "01_b"]
    assert all(step["seconds"] > 0 and step["peak_memory_mb"] > 10 for step in steps.values())


def test_notebooks_run_in_this_python_whatever_kernels_are_registered(
    tiny_notebook, folder, tmp_path, monkeypatch
):
    wrong = tmp_path / "jupyter" / "kernels" / "python3"
    wrong.mkdir(parents=True)
    (wrong / "kernel.json").write_text(
        '{"argv": ["/no/such/python"], "display_name": "x", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    run(chain(folder, tiny_notebook("00_a", "import sys, songsim_lib; print(sys.executable)")))
    assert outputs(folder / "00_a.ipynb").strip() == sys.executable


def test_a_failing_notebook_stops_the_chain_and_the_next_run_continues_there(tiny_notebook, folder, capsys):
    first = tiny_notebook("00_a", WRITE.format("a"))
    broken = tiny_notebook("01_b", "print('so far')", "tempo = 120\nraise ValueError('no music here')")
    last = tiny_notebook("02_c", WRITE.format("c"))
    with pytest.raises(ChainError) as failure:
        run(chain(folder, first, broken, last))
    told = str(failure.value)
    assert "01_b.ipynb failed in cell 5" in told and "tempo = 120" in told
    assert "ValueError: no music here" in told and str(folder / "01_b.ipynb") in told
    assert "so far" in outputs(folder / "01_b.ipynb"), "the executed notebook is kept"
    assert not (folder / "02_c.ipynb").exists()

    tiny_notebook("01_b", "print('mended')")
    capsys.readouterr()
    run(chain(folder, first, broken, last))
    said = capsys.readouterr().out
    assert "00_a: skipped" in said and "01_b: running" in said and "02_c: running" in said


def test_a_failed_step_runs_again_even_when_its_notebook_did_not_change(tiny_notebook, folder, tmp_path):
    notebook = tiny_notebook("00_a", f"assert open({str(tmp_path / 'late.txt')!r}).read()")
    with pytest.raises(ChainError, match=r"late\.txt"):
        run(chain(folder, notebook))
    (tmp_path / "late.txt").write_text("here now")
    run(chain(folder, notebook))
    assert "00_a" in read_json(folder / "steps.json")["steps"]


def test_finished_steps_are_skipped_until_something_they_read_changes(
    tiny_notebook, folder, tmp_path, capsys
):
    first, second = tiny_notebook("00_a", WRITE.format("a")), tiny_notebook("01_b", WRITE.format("b"))
    store = tmp_path / "store"
    both = chain(folder, first, second, products=[store])
    run(both)
    capsys.readouterr()
    run(both)
    assert capsys.readouterr().out.count("skipped") == 2

    (folder / "b.txt").unlink()
    run(both)
    said = capsys.readouterr().out
    assert "00_a: skipped" in said and "01_b: running" in said

    tiny_notebook("00_a", WRITE.format("a"), "print('changed')")
    run(both)
    assert "skipped" not in capsys.readouterr().out, "a changed step runs again, and so does what follows it"


def test_fresh_deletes_this_study_and_nothing_else(tiny_notebook, folder, tmp_path, capsys):
    store, neighbour = tmp_path / "cache" / "store", folder.with_name("another-study")
    for made in (store, neighbour):
        made.mkdir(parents=True)
        (made / "file.txt").write_text("kept")
    only = chain(folder, tiny_notebook("00_a", WRITE.format("a")), products=[store])
    run(only)
    (folder / "stray.txt").write_text("old")
    run(only, fresh=True)
    assert "skipped" not in capsys.readouterr().out
    assert not (folder / "stray.txt").exists() and not store.exists()
    assert (neighbour / "file.txt").exists()


def test_a_misspelt_parameter_is_refused_before_any_work(tiny_notebook, folder):
    fine, other = tiny_notebook("00_a", WRITE.format("a")), tiny_notebook("01_b", "1", parameters="sede = 0")
    with pytest.raises(ChainError, match=r"01_b\.ipynb has no parameter 'seed'.*declares: sede"):
        run(chain(folder, fine, other))
    assert not folder.exists()


def test_two_chains_never_work_in_the_same_folder(tiny_notebook, folder):
    folder.parent.mkdir(parents=True)
    notebook = tiny_notebook("00_a", WRITE.format("a"))
    with FileLock(folder.with_name(f".{folder.name}.lock")), pytest.raises(ChainError, match="another run"):
        run(chain(folder, notebook))


def test_a_kernel_that_dies_is_reported(tiny_notebook, folder):
    with pytest.raises(ChainError, match=r"00_a\.ipynb failed in .*[Dd]ead.*\n.*memory"):
        run(chain(folder, tiny_notebook("00_a", "import os; os._exit(9)")))


def test_an_error_that_says_all_is_shown_without_code_and_traceback(tiny_notebook, folder):
    cell = (
        "from songsim_lib.sources.tunebook.soundfont import HELP, RenderError\n"
        "raise RenderError(f'No sound font found.\\n{HELP}')"
    )
    with pytest.raises(ChainError, match=r"00_a\.ipynb failed in cell [0-9]:\nNo sound font found") as error:
        run(chain(folder, tiny_notebook("00_a", cell)))
    said = str(error.value)
    assert "brew install" in said and "Traceback" not in said and "raise RenderError" not in said


def test_the_chain_reads_what_was_named_or_found(tmp_path, monkeypatch):
    assert corpus_of(SourceChoice.of("tunebook")) == ROOT / "data" / "tunebook"
    assert corpus_of(SourceChoice.of(f"tunebook:size=full,scores={tmp_path}")) == tmp_path
    songs = tmp_path / "data" / "Music Info.csv"
    songs.parent.mkdir()
    songs.write_text("track_id\n1\n")
    monkeypatch.chdir(tmp_path)
    assert corpus_of(SourceChoice.of("music_info")) == songs
    before = corpus_digest(songs)
    songs.write_text("track_id\n2\n")
    assert corpus_digest(songs) != before


def test_an_interrupted_chain_continues(tiny_notebook, folder):
    first = tiny_notebook("00_a", WRITE.format("a"))
    second = tiny_notebook("01_b", "import time, pathlib; pathlib.Path('started').touch(); time.sleep(60)")
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a parent may ignore Ctrl-C
        "import sys; from pathlib import Path; from songsim_lib.chain import Chain, Step, run\n"
        "run(Chain([Step(Path(p), {'seed': 3}) for p in sys.argv[2:]], Path(sys.argv[1])))"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(first), str(second)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    for _ in range(600):
        if (folder / "started").exists():
            break
        time.sleep(0.1)
    worker.send_signal(signal.SIGINT)
    _, stderr = worker.communicate(timeout=120)  # a kernel may take its time to go
    assert "KeyboardInterrupt" in stderr
    assert list(read_json(folder / "steps.json")["steps"]) == ["00_a"]
    tiny_notebook("01_b", WRITE.format("b"))
    run(chain(folder, first, second))
    assert (folder / "b.txt").read_text() == "3"


def test_a_key_changes_with_everything_a_step_reads(tiny_notebook, tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "catalog.csv").write_text("track_id\n1\n")
    notebook = tiny_notebook("00_a", "1 + 1")
    before = step_keys([notebook], [{"seed": 0}], corpus)
    assert step_keys([notebook], [{"seed": 0}], corpus) == before
    assert step_keys([notebook], [{"seed": 1}], corpus) != before
    (corpus / "catalog.csv").write_text("track_id\n2\n")
    changed = step_keys([notebook], [{"seed": 0}], corpus)
    assert changed != before
    tiny_notebook("00_a", "1 + 2")
    assert step_keys([notebook], [{"seed": 0}], corpus) != changed


def test_a_step_that_reads_the_trained_network_depends_on_its_weights(tiny_notebook, tmp_path):
    steps = [tiny_notebook("00_a", "1 + 1"), tiny_notebook("08_b", "pretrained.load_pretrained()")]
    weights = tmp_path / "composition"
    weights.mkdir()

    def keys(text):
        (weights / "weights.safetensors").write_text(text)
        return step_keys(steps, [{}, {}], reads={"pretrained": [weights]})

    before, after = keys("1"), keys("2")
    assert before[0] == after[0] and before[1] != after[1] and keys("1") == before


def test_the_corpus_is_known_by_its_tables_and_its_recordings(tmp_path):
    (tmp_path / "a.opus").write_bytes(b"12")
    before = corpus_digest(tmp_path)
    (tmp_path / "a.opus").write_bytes(b"123")
    assert corpus_digest(tmp_path) != before


def test_library_code_counts_but_the_report_does_not(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "audio.py").write_text("rate = 1")
    before = library_digest(tmp_path)
    (tmp_path / "report" / "page.py").write_text("wide = 1")
    assert library_digest(tmp_path) == before
    (tmp_path / "audio.py").write_text("rate = 2")
    assert library_digest(tmp_path) != before


def test_only_the_notebooks_that_train_an_experiment_run_for_it(tiny_notebook, capsys):
    declared = "source = ''; profile = ''; seed = 0; output = ''; experiments = 'all'".replace("; ", "\n")
    resnet, cnn, results = (
        tiny_notebook(name, parameters=declared)
        for name in ("04_resnet_finetuning", "05_cnn_from_scratch", "06_results")
    )
    notebooks = {path.stem: path for path in (resnet, cnn, results)}
    request = Request(notebooks, list(notebooks), "tunebook", "smoke", 0, "", experiments="cnn_b32")
    assert not step_of(resnet, request, "smoke").wanted
    assert "04_resnet_finetuning: left out" in capsys.readouterr().out
    assert step_of(cnn, request, "smoke").wanted
    assert step_of(cnn, request, "smoke").parameters["experiments"] == "all", "all that this notebook has"
    assert step_of(results, request, "smoke").parameters["experiments"] == "cnn_b32"
    assert trained_in("04_resnet_finetuning") == ["resnet18_b64_last_block", "resnet18_b32_all"]


def test_options_reach_only_the_notebooks_that_declare_them(tiny_notebook, capsys):
    common = "source = ''\nprofile = ''\nseed = 0\noutput = ''\n"
    training = tiny_notebook("05_cnn_from_scratch", parameters=common + "seeds = 1")
    covers = tiny_notebook("07_covers", parameters=common + "seeds = 1\ncovers_folder = ''\ncovers_split = ''")
    other = tiny_notebook("00_data", parameters=common)
    request = Request({}, ["05_cnn_from_scratch", "07_covers"], "tunebook", "smoke", 0, "", seeds=3,
                      covers_folder="/music", covers_split="dev")
    told = {path.stem: step_of(path, request, "smoke").parameters for path in (other, training, covers)}
    assert set(told["00_data"]) == {"source", "profile", "seed", "output"}
    assert told["05_cnn_from_scratch"] == told["00_data"] | {"seeds": 3}
    assert told["07_covers"] == told["05_cnn_from_scratch"] | {"covers_folder": "/music", "covers_split": "dev"}


def test_a_folder_of_covers_counts_from_the_step_that_hears_it(tiny_notebook, tmp_path):
    covers = tmp_path / "covers" / "work"
    covers.mkdir(parents=True)
    (covers / "a.wav").write_bytes(b"12")
    steps = [tiny_notebook(name, "1 + 1") for name in ("06_results", "07_covers", "08_more")]

    def keys() -> list[str]:
        return step_keys(steps, [{}, {"covers_folder": str(covers.parent)}, {}])

    before = keys()
    assert keys() == before

    def longer() -> None:
        (covers / "a.wav").write_bytes(b"123")
        os.utime(covers / "a.wav", (1, 1))

    for change in (lambda: (covers / "b.wav").write_bytes(b"1"), lambda: os.utime(covers / "a.wav", (1, 1)), longer,
                   lambda: (covers / "a.wav").rename(covers / "c.wav")):
        change()
        after = keys()
        assert after[0] == before[0] and after[1] != before[1] and after[2] != before[2]
        before = after
    (covers / ".DS_Store").write_bytes(b"what a file browser leaves")
    assert keys() == before


def test_products_are_all_trainings_of_this_study_and_of_no_other(tmp_path):
    study = Study("tunebook", "quick", seed=1, output=str(tmp_path))
    ours = [study.store_folder, *(study.run_folder(name, repeat) for name in (*EXPERIMENTS, "audit_frozen")
                                  for repeat in (0, 1, 12))]
    others = [study.folder, study.paths.runs / f"study-{study.name}-r1",
              *(Study("tunebook", "quick", seed=seed, output=str(tmp_path)).run_folder("cnn_b32") for seed in (0, 11)),
              Study("tunebook", "smoke", seed=1, output=str(tmp_path)).run_folder("cnn_b32"),
              *(study.paths.runs / name for name in (f"cnn_b32-my-{study.name}", f"cnn_b32-{study.name}-r0",
                                                     f"cnn_b32-{study.name}-rest", f"-{study.name}"))]
    products = Products(study.store_folder, study.paths.runs, study.name)
    assert list(products) == [study.store_folder], "nothing is trained yet"
    for folder in (*ours, *others):
        folder.mkdir(parents=True)
    (study.paths.runs / f"notes-{study.name}").write_text("a file")
    found = list(products)
    assert sorted(found) == sorted(ours) and len(set(found)) == len(found)


def test_fresh_deletes_every_training_of_the_study(tiny_notebook, folder):
    runs = folder.parent
    train = tiny_notebook("00_a", "for name in ('cnn-tiny-s0', 'cnn-tiny-s0-r1', 'audit_all-tiny-s0-r2'):\n"
                                  "    (Path('..') / name).mkdir(exist_ok=True)\n"
                                  "    (Path('..') / name / 'metrics.json').touch()",
                          parameters="from pathlib import Path\nseed = 0")
    only = chain(folder, train, products=Products(runs.parent / "store", runs, "tiny-s0"))
    run(only)
    assert "../cnn-tiny-s0-r1/metrics.json" in read_json(only.journal)["steps"]["00_a"]["files"]
    other = runs / "cnn-tiny-s01" / "metrics.json"
    old = runs / "cnn-tiny-s0-r7" / "metrics.json"
    for stale in (other, old):
        stale.parent.mkdir()
        stale.touch()
    run(only, fresh=True)
    assert not old.exists() and other.exists()
    assert (runs / "audit_all-tiny-s0-r2" / "metrics.json").exists(), "made anew"


def test_memory_counts_worker_processes():
    hold = "x = bytearray(80_000_000); import time; time.sleep(1.5)"
    with PeakMemory(every_s=0.1) as memory:
        subprocess.run([sys.executable, "-c", hold], check=True)
    assert 80 < memory.peak_mb < 2_000

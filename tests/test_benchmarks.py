"""The benchmarks run, their tables show what was measured, and the costs follow from the committed results."""

from __future__ import annotations

import runpy
import sys

import pytest
import torch
from support import ROOT

from songsim_lib import models
from songsim_lib.config import EXPERIMENTS
from songsim_lib.files import read_json

HERE = ROOT / "tests" / "benchmarks"
sys.path.insert(0, str(HERE))

import costs  # noqa: E402
import data_path  # noqa: E402
import estimates  # noqa: E402
import operations  # noqa: E402
import table  # noqa: E402
from memory import watched  # noqa: E402
from timing import repeated  # noqa: E402

RESULTS = read_json(HERE / "results.json", {})


def part(found, **about):
    """What a benchmark leaves of one part, measured on a machine of two cores."""
    return {"found": found, "machine": "a CPU, 2 cores", "cores": 2, "repeats": 1, "peak_mb": 1,
            "versions": {"torch": "2"}} | about


def timed(seconds):
    return {"median": seconds, "fastest": seconds, "slowest": seconds, "repeats": 1}


@pytest.fixture(scope="module")
def results():
    """Results of round numbers; the operations are really counted."""
    counted = operations.measure(1, small=True) | {"peak_flops_per_s": {"float32": 1e11, "bfloat16": 2e11},
                                                   "format": "bfloat16"}
    step_s = {name: one["train_flops"] / 0.5e11 for name, one in counted["experiments"].items()}  # a quarter of 2e11
    return {"training": part({name: {"plain": timed(4 * one), "ours": timed(one)} for name, one in step_s.items()}),
            "operations": part(counted),
            "preparing": part({"clips_per_s": {"1": 10.0, "2": 19.0}, "efficiency": 0.95, "bytes_per_clip": 55_000.0}),
            "searching": part({"windows_per_s": 100.0, "engines": {"1000": {
                "n": 1_000, "recipe": "Flat", "built_s": 0.5, "recall_at_10": 1.0, "bytes_per_vector": 136.0,
                "engine": timed(1e-3), "exact": timed(2e-3)}}})}


def cells(text, start):
    """The cells of the first table row that starts so."""
    return [cell.strip() for cell in next(line for line in text.splitlines() if line.startswith(f"| {start}"))
            .strip("| ").split(" | ")]


def test_the_data_path_s_ratio_is_what_the_timings_give():
    found = data_path.measure(1, small=True)
    ratio = found["study"]["median"] / found["bytes"]["median"]
    text = table.text({"data_path": part(found)})
    assert cells(text, "the store's bytes")[1] == f"**{ratio:,.0f} : 1**" and ratio > 1


def test_ratios_and_shares_stand_first_in_the_tables(results):
    text = table.text(results)
    assert cells(text, "resnet18_b32_all |")[1:3] == ["**4.0 : 1**", "4 : 1"]
    assert cells(text, "cnn_b32 |")[-1] == "25%"
    assert cells(text, "1,000 |")[1] == "**2.0 : 1**" and cells(text, "two workers : one")[1] == "**1.90 : 1**"
    for head in (line for line in text.splitlines() if line.startswith("| ")):
        assert head.count("|") > 2 and head.endswith(" |")
    counted = results["operations"]["found"]["experiments"]
    assert text.count("estimated, not measured") == len(counted) * len(estimates.MACHINES)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(results):
    for block in table.text(results).split("\n\n"):
        assert len({line.count(" | ") for line in block.splitlines() if line.startswith("|")}) <= 1


def test_operations_are_those_of_the_layers():
    """A convolution of the CNN's first block: 2 operations for each weight at each place; backward twice as many."""
    model = models.network(EXPERIMENTS["cnn_b32"])
    found = operations.work(EXPERIMENTS["cnn_b32"])
    first = 2 * 9 * 32 * 128 * 431
    second, third = 2 * 9 * 32 * 64 * 64 * 215, 2 * 9 * 64 * 128 * 32 * 107
    head = sum(2 * one.weight.numel() for one in model.head if isinstance(one, torch.nn.Linear))
    assert found["forward"]["flops"] == 2 * (first + second + third + head)
    # The first layer has no gradient to pass on.
    assert found["train"]["flops"] == 2 * (3 * (first + second + third + head) - first)
    assert sum(flops for flops, _ in found["train"]["each"]) == pytest.approx(found["train"]["flops"])


def test_no_roofline_is_below_the_peak_and_an_estimate_is_stretched_by_the_share_reached_here(results):
    for name, one in results["operations"]["found"]["experiments"].items():
        for machine, (peak, bytes_per_s) in estimates.MACHINES.items():
            clips_s = estimates.TRAIN * 2 * 4 * 128 * 431 / bytes_per_s  # no less than to read what goes in
            assert max(one["epoch_flops"] / peak, clips_s) <= one["bound_s"][machine]
            assert estimates.epoch_s(results, name, machine) == pytest.approx(4 * one["bound_s"][machine])
        assert estimates.share(results, name) == pytest.approx(0.25)


def test_costs_follow_from_rates_and_prices(results):
    text = costs.table(results)
    assert cells(text, "store")[1:4] == ["5.5 GB", "110 GB", "1.1 TB"]
    hours = 1e6 / (16 * 10) / 3_600
    assert cells(text, "preparing, 16 cores")[2] == f"{hours:.1f} h, ${hours * costs.HOUR['CPU']:.1f}"
    assert cells(text, "search index")[1:] == ["0.33 GB", "6.5 GB", "65 GB", "S · 48 · 136 B"]
    assert cells(text, "preparing, 16 cores")[-1] == "S / (16 · 10/s)"
    assert len({line.count(" | ") for line in text.splitlines() if line.startswith("|")}) == 1


def test_the_costs_in_the_readme_are_those_of_the_committed_results():
    if not set(costs.NEEDED) <= set(RESULTS):
        pytest.skip(f"tests/benchmarks/results.json has not all of {', '.join(costs.NEEDED)} yet")
    readme = costs.README.read_text(encoding="utf-8")
    assert costs.filled(readme, RESULTS) == readme, "run python tests/benchmarks"


def test_the_page_is_that_of_the_committed_results():
    if not RESULTS:
        pytest.skip("tests/benchmarks/results.json does not exist yet")
    assert (HERE / "README.md").read_text(encoding="utf-8") == table.text(RESULTS), "run python tests/benchmarks"


def test_the_readme_has_a_place_for_the_costs(results):
    text = costs.README.read_text(encoding="utf-8")
    once = costs.filled(text, results)
    assert costs.table(results) in once and costs.filled(once, results) == once
    with pytest.raises(ValueError, match="markers of 'costs'"):
        costs.filled("no markers", results)


def _holds(megabytes: int) -> dict[str, int]:
    held = bytearray(b"x" * (megabytes * 1_000_000))
    found = repeated(lambda: held.count(b"x"), repeats=3)
    return {"repeats": found.repeats, "held": len(held)}


def test_a_peak_is_that_of_the_process_watched():
    told = watched(_holds, 200)
    assert told["held"] == 200e6 and 200 < told["own_mb"] <= told["resident_mb"] < 3_000


@pytest.mark.stress  # the tool is run by hand
def test_nothing_is_kept_of_a_small_run_and_unknown_parts_are_told(capsys):
    before = {path: path.stat().st_mtime_ns for path in [costs.README, *HERE.glob("*.*")]}
    main = runpy.run_path(str(HERE / "__main__.py"))["main"]
    main(["operations", "--small", "--repeats", "1"])
    assert "cnn_b32 (no pretraining), 6.2 GFLOP a triplet" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "unknown: speed; there are data_path, training" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in before}

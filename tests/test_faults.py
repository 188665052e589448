"""The table of faults shows what was counted, every kind is injected, and none was lost."""

import json

import faults


def test_the_table_is_that_of_the_counts():
    kept = json.loads(faults.COUNTS.read_text(encoding="utf-8"))
    assert faults.TABLE.read_text(encoding="utf-8") == faults.text(kept), "run python tests/faults.py"


def test_every_kind_was_injected_and_nothing_was_lost():
    kept = json.loads(faults.COUNTS.read_text(encoding="utf-8"))
    assert set(kept["ci"]) == set(faults.KINDS)
    assert [kind for part in faults.PARTS for kind, one in kept.get(part, {}).items() if one.get("lost")] == []


def test_what_was_run_by_hand_was_enough():
    by_hand = json.loads(faults.COUNTS.read_text(encoding="utf-8")).get("by_hand", {})
    least = {"killed": 50, "corrupt sound": 2_000}
    assert all(by_hand[kind]["survived"] >= n for kind, n in least.items() if kind in by_hand)

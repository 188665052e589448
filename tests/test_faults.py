"""The table of faults shows what was counted, every kind is injected, and none was lost."""

import json

import faults


def test_the_table_is_that_of_the_counts():
    kept = json.loads(faults.COUNTS.read_text(encoding="utf-8"))
    assert faults.TABLE.read_text(encoding="utf-8") == faults.text(kept), "run python tests/faults.py"


def test_every_kind_was_injected_and_nothing_was_lost():
    kept = json.loads(faults.COUNTS.read_text(encoding="utf-8"))
    assert set(kept["ci"]) == set(faults.KINDS)
    assert {"killed", "corrupt sound", "text of strangers", "two at once"} <= set(kept["by_hand"])
    assert [kind for part in faults.PARTS for kind, one in kept[part].items() if one.get("lost")] == []
    assert kept["by_hand"]["killed"]["survived"] >= 50 and kept["by_hand"]["corrupt sound"]["survived"] >= 2_000

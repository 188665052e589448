"""Files are whole or absent."""

import json

import pytest

from songsim_lib import paths
from songsim_lib.files import atomic, digest, read_json, write_json


def test_a_half_written_file_is_never_seen(tmp_path):
    target = tmp_path / "results.json"
    write_json(target, {"loss": 0.5})
    with pytest.raises(KeyboardInterrupt), atomic(target) as temporary:
        temporary.write_text('{"loss": ')
        raise KeyboardInterrupt
    assert read_json(target) == {"loss": 0.5}
    assert list(tmp_path.iterdir()) == [target], "a temporary file was left behind"


def test_damaged_json_is_named(tmp_path):
    (tmp_path / "steps.json").write_text("{")
    with pytest.raises(ValueError, match=r"steps\.json"):
        read_json(tmp_path / "steps.json")


def test_results_never_hold_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "results.json", {"loss": float("nan")})
    assert not (tmp_path / "results.json").exists()


def test_a_digest_tells_where_one_part_ends(tmp_path):
    (tmp_path / "a").write_bytes(b"ab")
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(tmp_path / "a") == digest("ab")


def test_kaggle_is_recognised_although_it_sets_colab_s_variables():
    assert paths.platform({"KAGGLE_KERNEL_RUN_TYPE": "Batch", "COLAB_GPU": "1"}) == "kaggle"
    assert paths.platform({"COLAB_RELEASE_TAG": "release"}) == "colab"
    assert paths.platform({}) == "local"


def test_an_output_folder_takes_cache_and_runs(tmp_path):
    found = paths.locate(str(tmp_path))
    assert (found.cache, found.runs) == (tmp_path / "cache", tmp_path / "runs")
    assert json.dumps(str(paths.locate().output)).endswith('data"')

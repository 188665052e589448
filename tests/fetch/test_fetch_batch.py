"""Many files at once: none twice, none by half, the same ones whatever the timing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import requests
from loopback import Answer, Loopback, Request

from songsim_lib import fetch
from songsim_lib.decode import AudioError
from songsim_lib.fetch import batches

HOST = "songs.example"


def one(session: requests.Session, item: str, path: Path) -> Path:
    return fetch.download(session, f"https://{HOST}/{item}", path.with_suffix(".mp3"))


def run(items: list[str], folder: Path, **more: object) -> fetch.Fetched:
    return fetch.batch(items, key=str, one=more.pop("one", one), folder=folder, **more)  # type: ignore[arg-type]


def echo(request: Request) -> Answer:
    """Answer with the name of what was asked for; those that end with an "x" do not exist."""
    return Answer(status=404) if request.path.endswith("x") else Answer(request.path.encode())


def test_every_key_gets_its_own_file(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/*", echo)
    result = run(["b", "a", "dx", "c", "a"], tmp_path)
    assert {key: path.read_text() for key, path in result.paths.items()} == {"b": "/b", "a": "/a", "c": "/c"}
    assert list(result.paths) == ["b", "a", "c"] and mirror.count() == 4
    assert result.failed.to_dict("records") == [
        {"key": "dx", "cause": "HTTP 404", "reason": f"https://{HOST}/dx: answered 404 Not Found"}]


def test_what_is_there_is_not_fetched_again_and_what_failed_is_tried_again(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/*", echo)
    mirror.add(HOST, "/later", Answer(status=404), Answer(b"now"))
    first = run(["a", "later", "b"], tmp_path)
    assert list(first.failed["key"]) == ["later"]
    second = run(["a", "later", "b", "c"], tmp_path)
    assert list(second.paths) == ["a", "later", "b", "c"] and second.failed.empty
    assert pd.read_csv(tmp_path / "failed.csv").empty
    assert [mirror.count(HOST, path) for path in ("/a", "/later", "/b", "/c")] == [1, 2, 1, 1]


@pytest.mark.fault("network")
def test_half_written_and_empty_files_do_not_count(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/*", echo)
    (tmp_path / ".a.123.tmp.mp3").write_bytes(b"half")
    (tmp_path / "b.mp3").touch()
    assert {key: path.read_text() for key, path in run(["a", "b"], tmp_path).paths.items()} == {"a": "/a", "b": "/b"}


@pytest.mark.parametrize("slow", [0, 1])
def test_the_wanted_number_is_made_of_the_first_that_can_be_had(mirror: Loopback, tmp_path: Path, slow: int) -> None:
    """Whichever of them comes late, and nothing else is fetched."""
    def answer(request: Request) -> Answer:
        time.sleep(0.05 * (int(request.path[1]) % 2 == slow))
        return echo(request)

    mirror.add(HOST, "/*", answer)
    result = run(["0", "1x", "2", "3", "4x", "5x", "6", "7", "8"], tmp_path, want=4)
    assert list(result.paths) == ["0", "2", "3", "6"]
    assert list(result.failed["key"]) == ["1x", "4x", "5x"] and mirror.count() == 7
    assert list(run(["0", "1x", "2", "3", "4x", "5x", "6", "7", "8"], tmp_path, want=3).paths) == ["0", "2", "3"]
    assert mirror.count() == 8  # 1x, once more


def test_few_items_are_in_work_at_a_time(mirror: Loopback, tmp_path: Path) -> None:
    begun, most, lock = [0], [0], threading.Lock()

    def counting(session: requests.Session, item: str, path: Path) -> Path:
        with lock:
            begun[0] += 1
            most[0] = max(most[0], begun[0])
        time.sleep(0.01)
        with lock:
            begun[0] -= 1
        path.with_suffix(".mp3").write_bytes(b"a")
        return path.with_suffix(".mp3")

    run([str(number) for number in range(40)], tmp_path, one=counting, workers=4)
    assert most == [4]


@pytest.mark.fault("network")
@pytest.mark.parametrize(("error", "cause"), [
    (AudioError("a.mp3: silent"), "not audio"), (fetch.FetchError("nobody has it", "not found"), "not found"),
    (requests.ConnectionError("https://songs.example/a?secret"), "no connection"),
    (requests.ReadTimeout("https://songs.example/a?secret"), "timed out")])
def test_what_goes_wrong_with_one_item_is_a_row(tmp_path: Path, error: Exception, cause: str) -> None:
    def failing(*_: object) -> Path:
        raise error

    failed = run(["a"], tmp_path, one=failing).failed
    assert list(failed["cause"]) == [cause] and "secret" not in failed["reason"][0]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), TypeError("a mistake"), KeyboardInterrupt()])
def test_what_is_wrong_with_all_of_it_ends_it_but_the_list_is_written(mirror: Loopback, tmp_path: Path,
                                                                      error: BaseException) -> None:
    mirror.add(HOST, "/*", echo)

    def failing(session: requests.Session, item: str, path: Path) -> Path:
        if item == "b":
            raise error
        return one(session, item, path)

    with pytest.raises(type(error)):
        run(["ax", "b", *map(str, range(100))], tmp_path, one=failing, workers=1)
    assert list(pd.read_csv(tmp_path / "failed.csv")["key"]) == ["ax"]
    assert mirror.count() < 10


def test_the_summary_counts_by_cause(mirror: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    mirror.add(HOST, "/*", echo)
    mirror.add(HOST, "/f", Answer(status=403))
    run(["a"], tmp_path)
    capsys.readouterr()
    run(["a", "b", "cx", "dx", "f"], tmp_path)
    assert "1 fetched, 1 there already, 3 failed (HTTP 404: 2, HTTP 403: 1)" in capsys.readouterr().out


@pytest.mark.parametrize(("one_key", "other"), [("a", "A"), ("a/b", "a_b"), ("a.b", "a_b"), ("é", "è"),
                                                ("a" * 90, "a" * 91), ("..", "."), ("", " "), ("failed", "failed.csv")])
def test_files_of_two_keys_are_two_files_on_every_file_system(one_key: str, other: str) -> None:
    names = [fetch.file_name(key) for key in (one_key, other)]
    assert names[0].lower() != names[1].lower()
    for name in names:
        assert Path(name).stem == Path(name).name == name and not name.startswith(".") and len(name) < 100


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_fetch_batch import run
run([str(number) for number in range(60)], Path(sys.argv[1]), workers=4)
"""


@pytest.mark.fault("network")
def test_killed_in_the_middle_and_begun_again_it_fetches_nothing_twice(mirror: Loopback, tmp_path: Path) -> None:
    """A request that was under way when it was killed is no file, and is the only kind that comes again."""
    body = b"song" * 50_000

    def slow(request: Request) -> Answer:
        time.sleep(0.03)
        return Answer(body)

    mirror.add(HOST, "/*", slow)
    here = Path(__file__).parent
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), str(here), str(here.parent),
                                str(here.parents[1])], env={**os.environ, "SONGSIM_MIRROR": mirror.address})
    deadline = time.monotonic() + 60
    while mirror.count() < 25 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = {path.stem for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert 0 < len(whole) < 60
    asked = mirror.count()
    result = run([str(number) for number in range(60)], tmp_path)
    assert mirror.count() - asked == 60 - len(whole)
    assert all(mirror.count(HOST, f"/{name}") == 1 for name in whole)
    assert len(result.paths) == 60 and {path.read_bytes() for path in result.paths.values()} == {body}
    assert asked - len(whole) <= 4 * batches.IN_FLIGHT

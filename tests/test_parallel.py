import os
import signal
import subprocess
import sys
from collections import deque
from functools import partial
from operator import mul

import joblib
import psutil
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError

from songsim_lib import parallel


def _threads_and_process(_):
    return os.environ.get("OMP_NUM_THREADS"), os.getpid()


def _fail(item):
    raise RuntimeError(f"no {item}")


def test_results_come_in_the_order_of_the_items_whatever_the_number_of_workers():
    for workers in (1, 2):
        assert list(parallel.run(mul, [1, 2, 3], [4, 5, 6], workers=workers)) == [4, 10, 18]
        assert list(parallel.run(partial(mul, 2), range(5), workers=workers)) == [0, 2, 4, 6, 8]
    assert list(parallel.run(abs, [])) == [] and list(parallel.run(abs, (x for x in (-1, 2)))) == [1, 2]


def test_collections_of_different_lengths_and_a_failing_call_are_told():
    with pytest.raises(ValueError, match="zip"):
        list(parallel.run(mul, [1, 2], [3], workers=1))
    with pytest.raises(RuntimeError, match="no a"):
        list(parallel.run(_fail, ["a"], workers=2))


def test_a_first_result_is_there_before_all_calls_are_made():
    made = []
    results = parallel.run(lambda item: made.append(item) or item, range(100), workers=1)
    assert not made and next(results) == 0 and len(made) < 100
    results.close()


def test_works_in_processes_of_one_thread_unless_the_caller_chose_otherwise():
    assert {threads for threads, _ in parallel.run(_threads_and_process, range(4), workers=2)} == {"1"}
    with joblib.parallel_config(backend="threading"):
        assert {process for _, process in parallel.run(_threads_and_process, range(4), workers=2)} == {os.getpid()}


def _heeds_ctrl_c(_):
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_ctrl_c_is_for_the_process_that_waits_and_not_for_those_that_work():
    assert list(parallel.run(_heeds_ctrl_c, range(3), workers=2)) == [False] * 3
    assert list(parallel._one_by_one(_heeds_ctrl_c, deque([(0,)]), crashed=bool)) == [False]
    assert _heeds_ctrl_c(0)


def _dies_of(item, fatal):
    if item in fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


PROGRAM = """
import os, time
from songsim_lib import parallel

def works(item):
    print(os.getpid(), flush=True)
    time.sleep(1)
    return b"x" * 1_000_000  # more than a pipe holds: who hands it over waits for the parent to take it

list(parallel.run(works, range(100), workers=2))
"""


def test_workers_do_not_outlive_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    workers = {int(parent.stdout.readline()) for _ in range(2)}
    assert len(workers) == 2 and all(map(psutil.pid_exists, workers))
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=20)
    assert alive == []


def test_an_item_on_which_a_process_dies_is_told_and_the_others_are_done():
    deadly = partial(_dies_of, fatal=(3, 4, 17))
    found = list(parallel.run(deadly, range(20), workers=2, crashed=lambda item: f"died of {item}"))
    assert found == [f"died of {item}" if item in (3, 4, 17) else item for item in range(20)]
    with pytest.raises(TerminatedWorkerError):
        list(parallel.run(deadly, range(20), workers=2))


def test_shows_progress_only_under_a_name(capsys):
    list(parallel.run(abs, range(3), workers=1))
    assert capsys.readouterr().err == ""
    list(parallel.run(abs, range(3), progress="counting", unit="number", workers=1))
    assert "counting: 100%" in capsys.readouterr().err

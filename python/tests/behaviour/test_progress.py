"""Progress, and what happens while the work goes on."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import overcut as oc

from .conftest import array_dem


@pytest.fixture
def large():
    """Enough cells to be at work for a while."""
    heights = np.random.default_rng(1).normal(100.0, 5.0, (1500, 1500))
    return [array_dem(heights, "2021-05-01"), array_dem(heights[::-1], "2024-05-20")]


def test_a_callable_sees_cells_rise_to_all_of_them(large):
    seen = []
    oc.assess(large, [], progress=lambda done, everything: seen.append((done, everything)), block_shape=100)
    assert seen == sorted(seen)
    assert seen[-1] == (1500 * 1500, 1500 * 1500)


def test_what_the_callable_raises_comes_out_and_stops_the_work(large):
    class Enough(Exception):
        pass

    def stop(done, everything):
        raise Enough(f"{done} of {everything}")

    with pytest.raises(Enough, match="of 2250000"):
        oc.assess(large, [], progress=stop, block_shape=100)


def test_other_threads_run_meanwhile(large):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    began = time.monotonic()
    oc.assess(large, [])
    ended = time.monotonic()
    stop.set()
    ticker.join()
    during = [moment for moment in ticks if began < moment < ended]
    assert max(np.diff([began, *during, ended])) < 0.5 * (ended - began)


def test_assessments_may_run_beside_each_other(dems):
    from .conftest import licence

    digests = []
    threads = [threading.Thread(target=lambda: digests.append(oc.assess(dems, [licence()]).digest)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 6
    assert len(set(digests)) == 1


@pytest.mark.parametrize("missing", [(), ("tqdm",), ("tqdm", "rich")])
def test_a_bar_goes_to_stderr_with_whatever_is_installed(dems, monkeypatch, capsys, missing):
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else found(name))
    oc.assess(dems, [], progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    if missing:
        assert "assess" in shown.err or "rich" not in missing

"""The watch benchmark, small."""

import argparse

import pytest

from hearthlight.runtime.bench import watch


def measured(**asked):
    return watch.run(argparse.Namespace(**({"wearers": 70, "hz": 50.0, "seconds": 12} | asked)))


def test_it_measures_every_sample_of_every_wearer():
    result = measured()

    assert (result["wearers"], result["hz"], result["seconds"]) == (70, 50.0, 12)
    assert result["realtime_factor"] > 0
    assert result["p99_ms"] >= result["p50_ms"] > 0
    assert "70 wearers at 50 Hz" in watch.table(result)


def test_it_sends_some_knocks_hard_enough_to_be_judged():
    people = watch._people(50.0)
    hardest = (people.astype(float) ** 2).sum(axis=2).max(axis=1) ** 0.5

    assert 2 <= (hardest > 2000).sum() <= watch.KINDS / 2


def test_it_does_the_same_work_each_time():
    assert measured()["falls_seen"] == measured()["falls_seen"]
    assert (watch._people(50.0) == watch._people(50.0)).all()


@pytest.mark.parametrize("asked", [{"wearers": 0}, {"seconds": 0}, {"hz": 5.0}, {"hz": 1000.0}])
def test_it_refuses_what_no_wearable_does(asked):
    with pytest.raises(ValueError, match="at least one wearer"):
        measured(**asked)

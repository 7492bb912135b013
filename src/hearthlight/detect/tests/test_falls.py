"""The fall watch against its naive twin, however the stream is cut, and against whatever a device may send."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.detect.falls import Chunk, FallWatch
from hearthlight.detect.falls_features import AFTER, BEFORE, features
from hearthlight.detect.tests.naive_falls import NaiveWatch, naive_quantities

START = 1_700_000_000.0
EXCERPTS = Path(__file__).parents[2] / "runtime/demo/umafall.npz"


@pytest.fixture(scope="module")
def recorded():
    """(samples, rate, whether a fall) of the recordings that ship for the demonstration."""
    z = dict(np.load(EXCERPTS))
    return [
        (z["acc"][a:b], float(rate), bool(fall))
        for a, b, rate, fall in zip(z["start"][:-1], z["start"][1:], z["rate_hz"], z["fall"], strict=True)
    ]


@pytest.fixture(scope="module")
def a_fall(recorded):
    return next((acc, rate) for acc, rate, fall in recorded if fall and rate == 100.0)


def whole(acc, rate, *, at=START, wearer=0):
    return Chunk(wearer, at, rate, acc)


def cut(acc, rate, size, *, at=START, wearer=0):
    return [Chunk(wearer, at + k / rate, rate, acc[k : k + size]) for k in range(0, len(acc), size)]


def everything(chunks, *, settle=True, **options):
    watch = FallWatch(1, threshold=0.0, **options)
    seen = [fall for chunk in chunks for fall in watch.push([chunk])]
    return told(seen + (watch.settle() if settle else []))


def told(seen):
    return [(fall.wearer, fall.began_at, fall.noticed_at, fall.score) for fall in seen]


def standing(seconds, rate=50.0):
    return np.tile(np.array([0, 0, 1000], np.int16), (int(seconds * rate), 1))


def test_it_notices_the_recorded_falls_and_stays_silent_on_the_activities(recorded):
    watch = FallWatch(len(recorded))

    seen = watch.push([whole(acc, rate, wearer=k) for k, (acc, rate, _) in enumerate(recorded)])

    assert sorted(fall.wearer for fall in seen) == [k for k, (_, _, fall) in enumerate(recorded) if fall]


def test_it_agrees_with_its_naive_twin(recorded):
    for acc, rate, _ in recorded[::4]:
        naive = NaiveWatch(0.0, quiet_s=2.0)
        expected = [fall for k, xyz in enumerate(acc) for fall in naive.sample(START + k / rate, xyz.tolist())]
        expected += naive.finish()

        found = everything([whole(acc, rate)], quiet_s=2.0)

        assert [one[1:3] for one in found] == [one[:2] for one in expected]
        assert [one[3] for one in found] == pytest.approx([one[2] for one in expected], abs=2e-6)


def test_it_measures_what_its_naive_twin_measures():
    dice = np.random.default_rng(3)
    window = dice.normal([0.1, 0.2, 1.0], 0.5, (BEFORE + 1 + AFTER, 3))
    window[[0, 1, 50, 51, 52, 101, 172]] = np.nan

    measured = features(window[None])

    expected = naive_quantities([None if math.isnan(one[0]) else one.tolist() for one in window])
    assert {name: measured[name][0] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("size", [1, 7, 50, 333])
def test_it_answers_the_same_however_the_stream_is_cut(a_fall, size):
    acc, rate = a_fall

    assert everything(cut(acc, rate, size)) == everything([whole(acc, rate)]) != []


def test_it_answers_the_same_alone_and_in_a_crowd(recorded):
    crowd = FallWatch(len(recorded), threshold=0.0)
    pushes = [[] for _ in range(40)]
    for wearer, (acc, rate, _) in enumerate(recorded):
        for second, chunk in enumerate(cut(acc, rate, int(rate / 2), wearer=wearer)):
            pushes[second].append(chunk)

    seen = [fall for push in pushes for fall in crowd.push(push)] + crowd.settle()

    for wearer, (acc, rate, _) in enumerate(recorded):
        alone = everything([whole(acc, rate)])
        assert sorted((b, n, s) for w, b, n, s in told(seen) if w == wearer) == sorted(one[1:] for one in alone)


def test_it_takes_many_chunks_of_one_wearer_in_one_push(a_fall):
    acc, rate = a_fall
    watch = FallWatch(1, threshold=0.0)

    assert told(watch.push(cut(acc, rate, 20)) + watch.settle()) == everything([whole(acc, rate)])


@pytest.mark.parametrize("after_s", [0.5, 3.0, 6.0, 9.0])
def test_it_goes_on_after_a_restart_as_if_nothing_had_been(a_fall, after_s):
    acc, rate = a_fall
    chunks = cut(acc, rate, 25)
    half = int(after_s * 4)
    before, after = FallWatch(1, threshold=0.0), FallWatch(3, threshold=0.0)
    seen = [fall for chunk in chunks[:half] for fall in before.push([chunk])]

    after.restore(2, before.snapshot(0))
    seen += [fall for chunk in chunks[half:] for fall in after.push([Chunk(2, chunk.at, chunk.rate_hz, chunk.acc)])]

    assert [one[1:] for one in told(seen + after.settle())] == [one[1:] for one in everything(chunks)]


def test_it_refuses_bytes_that_are_no_snapshot():
    watch = FallWatch(1)

    for wrong in (b"", b"HLF1", watch.snapshot(0)[:-1], b"XXXX" + watch.snapshot(0)[4:]):
        with pytest.raises(ValueError, match="not a snapshot"):
            watch.restore(0, wrong)


def test_it_counts_a_repeated_chunk_once(a_fall):
    acc, rate = a_fall
    chunks = cut(acc, rate, 30)

    assert everything([chunk for chunk in chunks for _ in range(3)]) == everything(chunks)


def test_it_fills_a_hole_when_the_late_chunk_arrives(a_fall):
    acc, rate = a_fall
    chunks = cut(acc, rate, 50)  # half a second each: whole bins
    (fall,) = FallWatch(1).push(chunks)
    blow = next(k for k, chunk in enumerate(chunks) if chunk.at + 0.5 > fall.began_at)
    late = [*chunks[:blow], *chunks[blow + 1 : blow + 5], chunks[blow], *chunks[blow + 5 :]]

    assert told(FallWatch(1).push(late)) == told([fall])


@pytest.mark.parametrize("jump_s", [-86_400.0, -20.0, 20.0, 86_400.0, 3e8])
def test_it_still_notices_the_fall_after_the_clock_jumps(a_fall, jump_s):
    acc, rate = a_fall
    watch = FallWatch(1)

    watch.push([whole(standing(30), 50.0)])
    seen = watch.push([whole(acc, rate, at=START + 30 + jump_s)])

    assert len(seen) == 1


def test_it_judges_what_was_waiting_when_the_device_falls_silent(a_fall):
    acc, rate = a_fall
    blow_at = everything([whole(acc, rate)])
    hardest = max(blow_at, key=lambda one: one[3])
    until = int((hardest[1] - START + 2.5) * rate)
    watch = FallWatch(1, threshold=0.0)

    early = watch.push([whole(acc[:until], rate)])
    late = watch.push([whole(standing(1), 50.0, at=START + 600)])

    assert hardest[1] not in {fall.began_at for fall in early}
    assert hardest[1] in {fall.began_at for fall in late}


def test_it_bridges_missing_readings_of_either_kind(a_fall):
    acc, rate = a_fall
    holes = acc.copy()
    holes[::9, 1] = -32768
    as_float = holes.astype(float)
    as_float[holes == -32768] = math.nan

    with_sentinel, with_nan = everything([whole(holes, rate)]), everything([whole(as_float, rate)])

    assert with_sentinel == with_nan
    assert max(one[3] for one in with_nan) == pytest.approx(max(one[3] for one in everything([whole(acc, rate)])), abs=0.2)


@pytest.mark.parametrize("step", [2, 5, 10])
def test_it_notices_the_fall_at_any_rate(a_fall, step):
    acc, rate = a_fall

    assert FallWatch(1).push([whole(acc[::step], rate / step)])


def test_it_agrees_with_its_naive_twin_at_ten_samples_a_second(a_fall):
    acc, _ = a_fall
    naive = NaiveWatch(0.0)
    expected = [fall for k, xyz in enumerate(acc[::10]) for fall in naive.sample(START + k / 10, xyz.tolist())]

    found = everything([whole(acc[::10], 10.0)], settle=False)

    assert [one[1:3] for one in found] == [one[:2] for one in expected] != []


def test_it_notices_the_fall_while_the_rate_changes(a_fall):
    acc, rate = a_fall
    watch = FallWatch(1)

    seen = [
        fall
        for k, chunk in enumerate(cut(acc, rate, 100))
        for fall in watch.push([Chunk(0, chunk.at, rate / (1 + k % 4), chunk.acc[:: 1 + k % 4])])
    ]

    assert len(seen) == 1


@pytest.mark.parametrize("value", [0, 1, 1000, 4000, 32767, -32767])
def test_it_stays_silent_on_a_sensor_that_is_stuck(value):
    stuck = np.full((3000, 3), value, np.int16)

    assert everything([whole(stuck, 50.0)]) == []


def test_it_stays_silent_while_worn_by_nobody_who_moves():
    assert everything([whole(standing(60), 50.0)]) == []


def test_it_refuses_and_counts_what_makes_no_sense():
    watch = FallWatch(1)
    good = standing(1)
    wrong = [
        Chunk(1, START, 50.0, good), Chunk(-1, START, 50.0, good), Chunk(0, math.nan, 50.0, good),
        Chunk(0, math.inf, 50.0, good), Chunk(0, START, 0.0, good), Chunk(0, START, -50.0, good),
        Chunk(0, START, math.nan, good), Chunk(0, START, 1e9, good), Chunk(0, START, 50.0, good[:, :2]),
        Chunk(0, START, 50.0, good.reshape(-1)),
    ]  # fmt: skip

    assert watch.push(wrong) == []
    assert watch.refused == len(wrong)


def test_it_takes_an_empty_chunk_for_nothing():
    watch = FallWatch(1)

    assert watch.push([]) == watch.push([Chunk(0, START, 50.0, np.empty((0, 3), np.int16))]) == watch.settle() == []
    assert watch.refused == 0


def test_it_reports_one_fall_once(a_fall):
    acc, rate = a_fall
    twice = np.concatenate([acc, acc, acc])

    seen = FallWatch(1, threshold=0.5).push([whole(twice, rate)])

    assert all(later.began_at - earlier.began_at >= 15 for earlier, later in zip(seen, seen[1:], strict=False))
    assert len(seen) >= 1


def test_it_makes_room_for_more_wearers(a_fall):
    acc, rate = a_fall
    watch = FallWatch(0)
    numbers = [watch.add_wearer("wrist") for _ in range(20)]

    seen = watch.push([whole(acc, rate, wearer=numbers[-1])])

    assert numbers == list(range(20))
    assert [fall.wearer for fall in seen] == [19]
    assert seen[0].facts["position"] == "wrist"


def test_it_forgets_a_wearer(a_fall):
    acc, rate = a_fall
    watch = FallWatch(1)
    watch.push([whole(acc[: len(acc) // 2], rate)])

    watch.forget(0)

    assert watch.snapshot(0) == FallWatch(1).snapshot(0)


def test_it_shows_the_movement_around_the_moment(a_fall):
    acc, rate = a_fall
    watch = FallWatch(1)
    (fall,) = watch.push([whole(acc, rate)])

    moments, trace = watch.trace(0, fall.began_at, before_s=2.0, after_s=2.0)

    assert len(moments) == len(trace) == 81
    blow = trace[moments == fall.began_at][0]
    assert np.linalg.norm(blow) / 1000 >= fall.facts["blow_g"] - 0.01


def test_it_waits_no_longer_than_four_seconds_after_the_blow(recorded):
    watch = FallWatch(len(recorded))

    seen = watch.push([whole(acc, rate, wearer=k) for k, (acc, rate, _) in enumerate(recorded)])

    assert all(0 < fall.noticed_at - fall.began_at <= 4.0 for fall in seen)


def test_it_tells_the_carer_in_words(a_fall):
    acc, rate = a_fall
    (fall,) = FallWatch(1).push([whole(acc, rate)])

    sighting = fall.sighting("wearer-7")

    assert (sighting.detector, sighting.subject, sighting.began_at) == ("falls", "wearer-7", fall.began_at)
    assert sighting.sureness == fall.score
    assert all(words.endswith(".") for words in (sighting.seen, sighting.usual, sighting.sure, sighting.silent_if))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-60, 60) | st.floats(allow_nan=True, allow_infinity=True),
            st.floats(0.5, 300),
            st.integers(0, 300),
            st.integers(0, 2**32 - 1),
        ),
        max_size=12,
    )
)
def test_it_survives_whatever_a_device_sends(sent):
    watch = FallWatch(2, threshold=0.0)
    for number, (offset, rate, size, seed) in enumerate(sent):
        dice = np.random.default_rng(seed)
        acc = dice.integers(-32768, 32768, (size, 3)).astype(np.int16)
        for fall in watch.push([Chunk(number % 2, START + offset, rate, acc)]):
            assert 0 <= fall.score <= 1
            assert fall.began_at < fall.noticed_at

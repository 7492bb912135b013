from hypothesis import given
from hypothesis import strategies as st

from hearthlight.detect.movement import movements, rest
from hearthlight.detect.tests.streams import signals_in_order
from hearthlight.detect.trail import Told, Trail, order
from hearthlight.detect.types import Signal, SignalKind


def bed(value: float, at: float, sensor: str = "bed-1") -> Signal:
    return Signal(sensor, SignalKind.BED, value, at)


@given(signals=signals_in_order(), data=st.data())
def test_it_holds_signals_in_order_once_however_they_come(signals: list[Signal], data: st.DataObject) -> None:
    trail = Trail()
    for signal in data.draw(st.permutations(signals)):
        trail.add(signal)

    assert trail.items == sorted(set(signals), key=order)


def test_it_says_no_to_the_same_signal_twice() -> None:
    trail = Trail()

    assert trail.add(bed(1.0, 100.0))
    assert not trail.add(bed(1.0, 100.0))


def test_it_keeps_how_a_settled_state_began_through_its_repeats() -> None:
    trail = Trail()
    for signal in (bed(1.0, 100.0), bed(0.0, 200.0), bed(0.0, 300.0), bed(0.0, 400.0)):
        trail.add(signal)

    trail.settle_before(1000.0)

    assert trail.settled(by=1000.0) == [bed(1.0, 100.0), bed(0.0, 200.0)]


def test_it_refuses_what_is_older_than_the_settled_state() -> None:
    trail = Trail()
    trail.add(bed(1.0, 100.0))
    trail.settle_before(1000.0)

    assert not trail.add(bed(0.0, 99.0))
    assert trail.add(bed(0.0, 99.0, sensor="bed-2"))


def test_it_forgets_what_was_settled_by_a_clock_that_ran_ahead() -> None:
    trail = Trail()
    trail.add(bed(1.0, 1_000_000.0))
    trail.settle_before(2_000_000.0)

    trail.unsettle_after(100.0)

    assert trail.add(bed(0.0, 99.0))


def test_it_settles_the_oldest_when_full() -> None:
    trail = Trail(most=2)
    for at in (100.0, 200.0, 300.0):
        trail.add(bed(at // 100 % 2, at))

    assert [signal.at for signal in trail.items] == [200.0, 300.0]
    assert [signal.at for signal in trail.settled(by=300.0)] == [100.0]


def test_it_loses_the_far_future_rather_than_the_present_when_full() -> None:
    trail = Trail(most=2)
    for at in (1e9, 1e9 + 1, 100.0):
        trail.add(bed(1.0, at))

    assert [signal.at for signal in trail.items] == [100.0, 1e9]


def test_it_bounds_the_number_of_sensors_it_knows() -> None:
    trail = Trail(most_sensors=3)
    for number in range(10):
        trail.add(bed(1.0, float(number), sensor=f"bed-{number}"))

    trail.settle_before(1000.0)

    assert [signal.sensor for signal in trail.settled(by=1000.0)] == ["bed-7", "bed-8", "bed-9"]


def test_it_remembers_a_bounded_number_of_tellings() -> None:
    told = Told(most=2)

    assert [told.add(moment) for moment in (1.0, 1.0, 2.0, 3.0, 1.0)] == [True, False, True, True, True]


def test_it_takes_a_first_word_or_a_repeat_for_no_movement() -> None:
    assert movements([bed(1.0, 1.0), bed(1.0, 2.0), bed(0.0, 3.0), bed(0.0, 4.0)]) == [bed(0.0, 3.0)]


def test_it_says_nobody_knows_while_no_bed_has_spoken() -> None:
    chair = Signal("chair-1", SignalKind.CHAIR, 0.0, 1.0)

    assert rest([], before=9.0) is None
    assert rest([chair], before=9.0) is None
    assert rest([chair, bed(0.0, 2.0)], before=9.0) is False
    assert rest([chair, bed(1.0, 2.0)], before=9.0) is True
    assert rest([chair, bed(1.0, 2.0)], before=2.0) is None

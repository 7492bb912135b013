from datetime import timedelta

import pytest
from django.db import transaction

from hearthlight.people.tests.factories import NIGHT, Cast, make_consent, make_person, make_place
from hearthlight.people.types import PlaceKind, Purpose
from hearthlight.sensors import actions, queries
from hearthlight.sensors.models import Device, Message, Reading, RefusalCount
from hearthlight.sensors.tests.factories import (
    make_bridge,
    make_bridged,
    make_wearable,
    open_gate,
    said,
    still,
    take,
    worn,
)
from hearthlight.sensors.types import Accepted, Incoming, RefusalReason, Refused

MOTION = b'{"battery":100,"linkquality":131,"occupancy":true,"voltage":3200}'


def consenting(cast: Cast, *purposes: Purpose) -> None:
    for purpose in purposes:
        make_consent(cast.ada, purpose)


def test_it_accepts_a_wearable_with_consent(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)

    [one] = take(open_gate(), worn(watch, 1))

    assert isinstance(one, Accepted) and one.is_new
    assert one.device.person_id == cast.ada.pk
    assert len(one.decoded.chunks[0].acc) == 50
    assert Message.objects.count() == 1


def test_it_refuses_and_never_stores_what_nobody_agreed_to(cast):
    watch = make_wearable(cast.ada)

    [one] = take(open_gate(), worn(watch, 1))

    assert (one.device_id, one.reason) == (watch.pk, RefusalReason.NO_CONSENT)
    assert not Message.objects.exists() and not Reading.objects.exists()


def test_it_refuses_at_hours_the_consent_does_not_cover(cast):
    make_consent(cast.ada, Purpose.FALLS, from_minute=22 * 60, until_minute=3 * 60)  # NIGHT is 03:12
    watch = make_wearable(cast.ada)
    gate = open_gate()

    late, in_time = take(gate, worn(watch, 1), worn(watch, 2, at=NIGHT - timedelta(minutes=13)), at=NIGHT)

    assert late.reason == RefusalReason.NO_CONSENT
    assert isinstance(in_time, Accepted)


def test_it_refuses_what_was_measured_at_hours_not_agreed_to_though_sent_later(cast):
    make_consent(cast.ada, Purpose.FALLS, from_minute=3 * 60, until_minute=8 * 60)
    watch = make_wearable(cast.ada)
    before = int((NIGHT - timedelta(hours=1)).timestamp() * 1000)

    [one] = take(open_gate(), worn(watch, 1, time_ms=before))

    assert one.reason == RefusalReason.NO_CONSENT


def test_it_needs_nobody_in_a_shared_place_and_the_one_who_lives_there_in_a_room(cast):
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.lounge, "lounge")
    make_bridged(bridge, cast.room7, "room7")

    lounge, room = take(open_gate(), said(bridge, "lounge", MOTION), said(bridge, "room7", MOTION))

    assert isinstance(lounge, Accepted) and lounge.device.person_id is None
    assert room.reason == RefusalReason.NO_CONSENT


def test_it_needs_both_in_a_room_that_two_share(cast):
    other = make_person("Edith", "Okafor", cast.room7)
    consenting(cast, Purpose.ROOM_MOVEMENT)
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.room7, "room7")

    [alone] = take(open_gate(), said(bridge, "room7", MOTION))
    make_consent(other, Purpose.ROOM_MOVEMENT)
    [both] = take(open_gate(), said(bridge, "room7", MOTION))

    assert alone.reason == RefusalReason.NO_CONSENT
    assert isinstance(both, Accepted)


def test_it_asks_the_one_whose_home_the_kitchen_is_in(cast):
    make_person("Joan", "Reed", cast.other_home)
    kitchen = make_place(PlaceKind.ROOM, "Kitchen", cast.other_home)
    bridge = make_bridge(kitchen)
    make_bridged(bridge, kitchen, "kitchen")

    [one] = take(open_gate(), said(bridge, "kitchen", MOTION))

    assert one.reason == RefusalReason.NO_CONSENT


def test_it_drops_what_a_device_senses_beside_what_was_agreed_to(cast):
    consenting(cast, Purpose.ROOM_MOVEMENT)
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.room7, "room7")

    [one] = take(open_gate(), said(bridge, "room7", b'{"occupancy":true,"temperature":21.5}'))

    assert [signal.kind for signal in one.decoded.signals] == ["MOTION"]
    assert [reading.kind for reading in Reading.objects.all()] == ["MOTION"]
    assert b"TEMPERATURE" not in bytes(Message.objects.get().payload)


def test_it_hears_a_button_on_a_watch_worn_for_falls(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)

    [one] = take(open_gate(), worn(watch, 1, button=True))

    assert [signal.kind for signal in one.decoded.signals] == ["BUTTON"]


@pytest.mark.parametrize("dup", [False, True])
def test_it_knows_a_frame_sent_again(cast, dup):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    first = worn(watch, 1)
    again = Incoming(first.principal, first.topic, first.payload, dup, NIGHT + timedelta(minutes=4))

    [one] = take(gate, first)
    [two] = take(open_gate(), again)

    assert (one.is_new, two.is_new) == (True, False)
    assert Message.objects.count() == 1


def test_it_knows_a_frame_sent_twice_in_one_batch(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)

    results = take(open_gate(), worn(watch, 1), worn(watch, 2), worn(watch, 1))

    assert [one.is_new for one in results] == [True, True, False]


def test_it_hears_a_device_that_starts_its_numbers_again(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()

    results = take(gate, worn(watch, 1), worn(watch, 1, at=NIGHT + timedelta(seconds=3)))

    assert [one.is_new for one in results] == [True, True]


def test_it_takes_the_same_words_later_as_said_anew_unless_the_broker_says_they_are_sent_again(cast):
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.lounge, "lounge")
    gate = open_gate()

    def at(minutes: float, *, dup: bool) -> bool:
        [one] = take(gate, said(bridge, "lounge", MOTION, at=NIGHT + timedelta(minutes=minutes), dup=dup))
        return one.is_new

    assert at(0, dup=False)
    assert at(1, dup=False)
    assert not at(2, dup=True)
    assert at(12, dup=True)  # more than ten minutes after the latest


def test_it_forgets_what_a_rolled_back_batch_did(cast):
    consenting(cast, Purpose.FALLS)
    watch, stranger = make_wearable(cast.ada), make_wearable(cast.lewis)
    gate = open_gate()
    batch = [worn(watch, 1), worn(stranger, 1)]

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.accept(gate=gate, batch=batch, at=NIGHT)
        raise ZeroDivisionError
    first, refused = take(gate, *batch)
    take(gate, worn(stranger, 2, at=NIGHT + timedelta(seconds=16)))
    take(gate, worn(stranger, 3, at=NIGHT + timedelta(seconds=32)))

    assert first.is_new and isinstance(refused, Refused)
    assert RefusalCount.objects.get(device_id=stranger.pk).count == 2  # the third is counted with the next write


def test_it_counts_refusals_by_device_reason_and_hour(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    bad = Incoming(watch.pk, f"hearthlight/{watch.pk}/up", b"HW junk", False, NIGHT)
    elsewhere = Incoming(watch.pk, "hearthlight/other/up", b"", False, NIGHT)
    nobody = Incoming("nobody", "hearthlight/nobody/up", b"", False, NIGHT)

    take(gate, bad, bad, elsewhere, nobody)
    take(gate, worn(watch, 1), at=NIGHT + timedelta(seconds=2))

    counted = set(RefusalCount.objects.values_list("device_id", "reason", "count"))
    assert counted == {(watch.pk, "MALFORMED", 2), (watch.pk, "WRONG_TOPIC", 1), ("", "UNKNOWN_DEVICE", 1)}
    assert RefusalCount.objects.first().hour == NIGHT.replace(minute=0)


def test_it_refuses_a_retired_device_and_accepts_its_neighbours(cast):
    consenting(cast, Purpose.FALLS)
    watch, old = make_wearable(cast.ada), make_wearable(cast.ada, retired_at=NIGHT, retired_by="staff:1")

    refused, accepted = take(open_gate(), worn(old, 1), worn(watch, 1))

    assert refused.reason == RefusalReason.RETIRED
    assert accepted.is_new


def test_it_goes_on_when_a_device_is_retired_between_refreshes(cast):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    Device.objects.filter(pk=watch.pk).delete()

    [one] = take(gate, worn(watch, 1))

    assert one.is_new


@pytest.mark.parametrize("wrong_by", [timedelta(days=-3650), timedelta(hours=-25), timedelta(minutes=3), timedelta(days=36500)])
def test_it_hears_a_device_whose_clock_is_wrong_and_goes_by_its_own(cast, wrong_by):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    said_at = int((NIGHT + wrong_by).timestamp() * 1000)

    [one] = take(gate, worn(watch, 1, time_ms=said_at, button=True))

    assert one.decoded.chunks[0].at == pytest.approx(NIGHT.timestamp() - 1.0)
    assert one.decoded.signals[0].at == pytest.approx(NIGHT.timestamp())
    assert one.notes == (RefusalReason.TIME_OUT_OF_RANGE,)


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-23), timedelta(minutes=1)])
def test_it_believes_a_clock_that_may_be_right(cast, wrong_by):
    consenting(cast, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    said_at = int((NIGHT + wrong_by).timestamp() * 1000)

    [one] = take(open_gate(), worn(watch, 1, time_ms=said_at))

    assert one.decoded.chunks[0].at == pytest.approx(said_at / 1000)
    assert one.notes == ()


def test_it_plays_back_what_it_accepted_in_the_order_it_came(cast):
    consenting(cast, Purpose.FALLS, Purpose.ROOM_MOVEMENT)
    watch, bridge = make_wearable(cast.ada), make_bridge(cast.home)
    make_bridged(bridge, cast.room7, "room7")
    taken = take(open_gate(), worn(watch, 1), said(bridge, "room7", MOTION), worn(watch, 2, acc=still(2.0)))

    replayed = list(queries.replay(NIGHT + timedelta(minutes=1)))

    assert [one.device for one in replayed] == [one.device for one in taken]
    for kept, first in zip(replayed, taken, strict=True):
        assert kept.at == first.at
        assert kept.decoded.signals == first.decoded.signals
        assert [(c.at, c.rate_hz, c.acc.tolist()) for c in kept.decoded.chunks] == [
            (c.at, c.rate_hz, c.acc.tolist()) for c in first.decoded.chunks
        ]


def test_it_plays_back_nothing_whose_consent_is_withdrawn(cast):
    consent = make_consent(cast.ada, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    take(open_gate(), worn(watch, 1))
    consent.withdrawn_at, consent.withdrawn_by = NIGHT, "staff:1"
    consent.save()

    assert list(queries.replay(NIGHT + timedelta(seconds=1))) == []


def test_it_forgets_frames_after_five_minutes_and_room_signals_after_thirteen_hours(cast):
    consenting(cast, Purpose.FALLS)
    watch, bridge = make_wearable(cast.ada), make_bridge(cast.home)
    make_bridged(bridge, cast.lounge, "lounge")
    take(open_gate(), worn(watch, 1), said(bridge, "lounge", MOTION))

    assert not actions.forget(at=NIGHT + timedelta(minutes=5))
    assert [one.device_id for one in Message.objects.all()] != [watch.pk]
    actions.forget(at=NIGHT + timedelta(hours=13))
    assert not Message.objects.exists()


def test_it_keeps_nothing_of_a_message_that_says_only_how_the_device_is(cast):
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.lounge, "lounge")

    [one] = take(open_gate(), said(bridge, "lounge", b'{"battery":80,"linkquality":120}'))

    assert one.is_new
    assert not Message.objects.exists()

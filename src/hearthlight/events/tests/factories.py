"""Messages and sightings for this room's tests."""

from datetime import datetime, timedelta

from hearthlight.detect.types import Sighting, Signal, SignalKind
from hearthlight.people.types import Purpose
from hearthlight.sensors.types import Accepted, Decoded, DeviceFacts


def make_device(place, person=None, *, device_id="cord-7", purpose=Purpose.CALL_FOR_HELP, spot="bathroom") -> DeviceFacts:
    return DeviceFacts(
        id=device_id, family="zigbee2mqtt", label="Cord", place_id=place.pk, place_path=place.path,
        person_id=person.pk if person else None, purpose=purpose, spot=spot, position="", bridge="hub", address=device_id,
    )  # fmt: skip


def make_message(device: DeviceFacts, kind: SignalKind, value: float, at: datetime, *, is_new: bool = True) -> Accepted:
    signal = Signal(sensor=device.id, kind=kind, value=value, at=at.timestamp(), spot=device.spot)
    return Accepted(device=device, decoded=Decoded(signals=(signal,)), at=at, is_new=is_new)


def make_sighting(at: datetime, *, detector: str = "pull_cord", subject: str = "place:7") -> Sighting:
    moment = at.timestamp()
    return Sighting(detector, subject, moment, moment, 1.0, "The cord was pulled.", "Seldom.", "Certain.", "Nothing.")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)

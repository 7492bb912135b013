"""Devices in words and pictures: what a carer reads instead of a code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import orjson
import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from hearthlight.people.types import Purpose
from hearthlight.sensors.gate import DOWN, OWN, UP
from hearthlight.sensors.models import Newcomer, Reading
from hearthlight.sensors.shelf import Shown
from hearthlight.sensors.troubles import spoken
from hearthlight.sensors.types import RefusalReason

PURPOSES = [
    (Purpose.FALLS, "Watching for falls"),
    (Purpose.ROOM_MOVEMENT, "Movement in their room"),
    (Purpose.CALL_FOR_HELP, "Calling for help"),
    (Purpose.ENVIRONMENT, "Temperature and humidity"),
]
SPOTS = [
    ("bedroom", "Bedroom"), ("bathroom", "Bathroom"), ("hall", "Hall"), ("lounge", "Lounge"), ("kitchen", "Kitchen"),
    ("front_door", "Front door"), ("back_door", "Back door"), ("doorbell", "Doorbell (never a call for help)"),
]  # fmt: skip
POSITIONS = [("", "not known"), ("waist", "Waist"), ("wrist", "Wrist"), ("chest", "Chest"), ("ankle", "Ankle"), ("pocket", "Trouser pocket")]
MEANINGS = [("", "what it says"), ("BED", "A bed"), ("CHAIR", "A chair"), ("PULL_CORD", "A pull cord"), ("BUTTON", "A help button")]
_SILENCES = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3),
             timedelta(hours=13), timedelta(hours=25), timedelta(days=3))  # fmt: skip
SILENCES = [(int(span.total_seconds()), spoken(span)) for span in _SILENCES]
TROUBLES = {"SILENT": "silent", "BATTERY": "battery low", "LINK": "weak link"}
REFUSALS = {
    RefusalReason.UNKNOWN_DEVICE: "from a device nobody enrolled",
    RefusalReason.WRONG_TOPIC: "on a topic that is not its own",
    RefusalReason.NO_CONSENT: "without consent: nothing was kept",
    RefusalReason.MALFORMED: "that could not be read",
    RefusalReason.TOO_LARGE: "too large",
    RefusalReason.TIME_OUT_OF_RANGE: "with a wrong clock: used, as if just measured",
    RefusalReason.REPLAYED: "sent again: counted once",
    RefusalReason.RETIRED: "after it was retired",
}
READINGS = {
    "MOTION": ("movement", "still"), "CONTACT": ("open", "closed"), "VIBRATION": ("shaken", "still"),
    "BUTTON": ("button pressed", "button let go"), "PULL_CORD": ("cord pulled", "cord at rest"),
    "BED": ("someone in bed", "bed empty"), "CHAIR": ("someone in the chair", "chair empty"),
}  # fmt: skip
UNITS = {"TEMPERATURE": "°C", "HUMIDITY": "% humidity"}
YES_OR_NO = ("occupancy", "presence", "contact", "vibration", "pressure")  # Zigbee2MQTT's, that enrolment may reinterpret
CARD_VERSION = 1
CHART_WIDTH, CHART_HEIGHT = 640, 120  # SVG units
FULL = {"BATTERY": 100.0, "LINK": 255.0}


@dataclass(frozen=True, slots=True)
class Shelf:
    """The devices of one unit, home or room's surroundings."""

    name: str
    devices: Sequence[Shown]


def shelves(devices: Iterable[Shown]) -> list[Shelf]:
    """By what each place is in, top down; bridges with the rest of their surroundings."""
    ordered = sorted(devices, key=lambda one: (one.around_path, one.facts.place_path, one.facts.label))
    return [Shelf(name, list(group)) for (_, name), group in groupby(ordered, key=lambda one: (one.around_path, one.around_name))]


def worst(device: Shown) -> tuple[str, str]:
    """(words, tone) of the tag a device gets in the list; empty when all is well."""
    if device.trouble:
        return TROUBLES.get(device.trouble, device.trouble.lower()), "urgent" if device.trouble == "SILENT" else "soon"
    if not device.is_allowed and not device.is_bridge:
        return "no consent now", "watch"
    if device.heard_at is None:
        return "not heard yet", "watch"
    return "", "neutral"


def refusals(device: Shown) -> list[tuple[str, int]]:
    known = {str(reason): words for reason, words in REFUSALS.items()}
    return [(known.get(reason, reason.lower()), count) for reason, count in sorted(device.refused.items(), key=lambda pair: -pair[1])]


def reading_words(reading: Reading) -> str:
    if reading.kind in READINGS:
        return READINGS[reading.kind][0 if reading.value >= 0.5 else 1]
    return f"{reading.value:.1f} {UNITS.get(reading.kind, '')}".strip()


def properties_of(newcomer: Newcomer | None, config: Mapping[str, Any]) -> list[str]:
    """The yes-or-no words of a device, of which enrolment may say what they mean."""
    told = newcomer.config if newcomer else config
    exposes = [one for one in told.get("exposes", []) if one in YES_OR_NO]
    entities = [one.get("kind") for one in told.get("entities", {}).values() if isinstance(one, dict)]
    return exposes or sorted({kind for kind in entities if kind in ("MOTION", "CONTACT", "VIBRATION")})


# The card


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed and given to whoever sets the device up."""

    rows: Sequence[tuple[str, str]]
    qr: SafeString


def card_of(device: Shown, secret: str) -> Card:
    url, name = mqtt_address(), device.facts.id
    told: dict[str, Any] = {"v": CARD_VERSION, "url": url, "id": name, "user": name, "secret": secret}
    rows = [("Address", url), ("Client id", name), ("Username", name), ("Password", secret)]
    if device.is_bridge:
        base = str(device.facts.config.get("base", ""))
        told["base"] = base
        rows.append(("Base topic", base))
    else:
        told |= {"up": f"{OWN}/{name}/{UP}", "down": f"{OWN}/{name}/{DOWN}"}
        rows += [("Publishes on", told["up"]), ("May listen to", told["down"])]
    code = segno.make(orjson.dumps(told).decode(), error="m", micro=False)
    drawn = code.svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return Card(rows, mark_safe(drawn))  # noqa: S308 — drawn by segno, of squares alone


def mqtt_address() -> str:
    """Where devices connect: the outside broker, or this process under the name people reach it by."""
    site = settings.SITE
    if site.mqtt != "embedded":
        outside = urlsplit(site.mqtt)
        return f"{outside.scheme}://{outside.hostname}:{outside.port or 1883}"
    scheme = "mqtts" if site.tls_certificate else "mqtt"
    return f"{scheme}://{urlsplit(site.url).hostname}:{site.mqtt_port}"


# The chart


@dataclass(frozen=True, slots=True)
class Line:
    """One series, as an SVG polyline, with its table beside it."""

    title: str
    points: str
    latest: str
    lowest: str
    by_day: Sequence[tuple[datetime, str, str]]


def lines(series: Mapping[str, Sequence[tuple[datetime, float]]], *, since: datetime, until: datetime) -> list[Line]:
    return [
        _line(title, kind, series[kind], since=since, until=until, unit=unit)
        for kind, title, unit in (("BATTERY", "Battery", " %"), ("LINK", "Link", " of 255"))
        if series.get(kind)
    ]


def _line(
    title: str, kind: str, points: Sequence[tuple[datetime, float]], *, since: datetime, until: datetime, unit: str
) -> Line:
    span = (until - since).total_seconds()
    drawn = [
        f"{(moment - since).total_seconds() / span * CHART_WIDTH:.1f},{CHART_HEIGHT - value / FULL[kind] * CHART_HEIGHT:.1f}"
        for moment, value in points
    ]
    days = [(day, [value for _, value in group]) for day, group in _days(points)]
    return Line(
        title=title, points=" ".join(drawn), latest=f"{points[-1][1]:.0f}{unit}", lowest=f"{min(v for _, v in points):.0f}{unit}",
        by_day=[(day, f"{min(values):.0f}{unit}", f"{max(values):.0f}{unit}") for day, values in reversed(days)],
    )  # fmt: skip


def _days(points: Sequence[tuple[datetime, float]]) -> Iterable[tuple[datetime, list[tuple[datetime, float]]]]:
    for _, group in groupby(points, key=lambda point: point[0].date()):
        taken = list(group)
        yield taken[0][0], taken

"""What a device must be told to speak to this home, in words and as a QR code (docs/devices/wearable.md)."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import segno

from hearthlight.runtime.settings import Settings
from hearthlight.sensors import family
from hearthlight.sensors.types import Enrolled

VERSION = 1  # of the card's JSON


def broker_url(site: Settings) -> str:
    """Where devices find the broker: the outside one, or ours under the name people use for this home."""
    if site.mqtt != "embedded":
        outside = urlsplit(site.mqtt)
        return f"{outside.scheme}://{outside.hostname}:{outside.port or 1883}"
    host = urlsplit(site.url).hostname or site.mqtt_host
    return f"{'mqtts' if site.tls_certificate else 'mqtt'}://{host}:{site.mqtt_port}"


def card_of(site: Settings, enrolled: Enrolled, of: family.Family, *, base: str) -> dict[str, str | int]:
    """The card. A device has topics of its own; a bridge a base topic for all it speaks for."""
    topics = {"base": base} if of.is_bridged else {"up": f"hearthlight/{enrolled.device_id}/up", "down": f"hearthlight/{enrolled.device_id}/down"}
    who = {"id": enrolled.device_id, "user": enrolled.device_id, "secret": enrolled.secret}
    return {"v": VERSION, "url": broker_url(site), **who, **topics}


def draw(card: dict[str, str | int], target: Path) -> None:
    """The card as a QR code; readable by its owner only, for the secret is in it."""
    target.touch(mode=0o600)
    segno.make(json.dumps(card, separators=(",", ":")), error="m").save(str(target), kind="svg", scale=4, border=4)

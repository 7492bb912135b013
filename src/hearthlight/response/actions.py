"""The writers of response that a person asks for; what happens by itself is in worker and sender."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from hearthlight.alerts.types import Severity
from hearthlight.core import audit, changes, facts
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.types import Viewer
from hearthlight.response import permissions, rules
from hearthlight.response.models import Plan, PushAddress, Tell
from hearthlight.response.types import Step

LONGEST_ENDPOINT = 2000  # characters; the longest seen from a push service is about 500
MOST_BROWSERS = 10  # kept for one member of staff: the newest
AUTH_BYTES = 16  # RFC 8291, 3.2


@transaction.atomic
def set_plan(*, place_id: int, severity: Severity, steps: Sequence[Step], by: Viewer, at: datetime) -> None:
    """From the next alert on; plans already running stay as they were frozen."""
    place = people.place(by, place_id)
    permissions.check_edit_plan(by, place.path)
    rules.check_plan_for(severity, steps)
    kept = rules.kept(steps)
    actor = staff_actor(by.staff_id)
    Plan.objects.update_or_create(
        place_id=place_id, severity=severity, defaults={"steps": kept, "set_at": at, "set_by": str(actor)}
    )
    audit.record(
        by=actor, at=at, action="set plan", subject=f"place:{place_id}", detail={"severity": severity.value, "steps": kept}
    )


@transaction.atomic
def clear_plan(*, place_id: int, severity: Severity, by: Viewer, at: datetime) -> None:
    """Back to the plan of the place above, or the default."""
    place = people.place(by, place_id)
    permissions.check_edit_plan(by, place.path)
    if Plan.objects.filter(place_id=place_id, severity=severity).delete()[0]:
        audit.record(
            by=staff_actor(by.staff_id), at=at, action="clear plan", subject=f"place:{place_id}",
            detail={"severity": severity.value},
        )  # fmt: skip


@transaction.atomic
def seen(alert_id: int, *, by: Viewer, at: datetime, path: str) -> bool:
    """Their screen showed it. Other screens hear of it, so that a senior sees who knows."""
    if not Tell.objects.filter(alert_id=alert_id, staff_id=by.staff_id, seen_at=None).update(seen_at=at):
        return False
    facts.changed_in_alarm("response", alert_id, by=staff_actor(by.staff_id), at=at)
    changes.publish(
        kind="seen", path=path, subject=f"alert:{alert_id}", at=at, data={"alert_id": alert_id, "seen_by": by.staff_id}
    )
    return True


@transaction.atomic
def subscribe(*, endpoint: str, p256dh: str, auth: str, by: Viewer, at: datetime) -> None:
    """Tell this browser from now on. A browser that changes hands belongs to whoever subscribed last."""
    _check_endpoint(endpoint)
    _check_keys(p256dh, auth)
    PushAddress.objects.update_or_create(
        endpoint=endpoint,
        defaults={
            "staff_id": by.staff_id, "keys": {"p256dh": p256dh, "auth": auth}, "added_at": at, "failed_at": None,
        },
    )  # fmt: skip
    newest = PushAddress.objects.filter(staff_id=by.staff_id).order_by("-added_at", "-pk")
    kept = list(newest.values_list("pk", flat=True)[:MOST_BROWSERS])
    PushAddress.objects.filter(staff_id=by.staff_id).exclude(pk__in=kept).delete()
    audit.record(by=staff_actor(by.staff_id), at=at, action="subscribe push", subject=f"staff:{by.staff_id}")


@transaction.atomic
def unsubscribe(*, endpoint: str, by: Viewer, at: datetime) -> None:
    if PushAddress.objects.filter(endpoint=endpoint, staff_id=by.staff_id).delete()[0]:
        audit.record(by=staff_actor(by.staff_id), at=at, action="unsubscribe push", subject=f"staff:{by.staff_id}")


def _check_endpoint(endpoint: str) -> None:
    """An address out in the world, over TLS. We will be sending requests there, so never one inside our own network."""
    refusal = Refusal("This browser’s push address is not one we can use.")
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii():
        raise refusal
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        raise refusal from None
    if parts.scheme != "https" or "." not in host or parts.username or port not in (None, 443):
        raise refusal
    top = host.rsplit(".", 1)[-1]  # letters only: every way to write an address in numbers ends in a digit
    if not top.isalpha() or top in ("local", "internal", "localhost", "lan", "home", "test"):
        raise refusal


def _check_keys(p256dh: str, auth: str) -> None:
    refusal = Refusal("This browser’s push keys are not right.")
    try:
        point, secret = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (p256dh[:200], auth[:100]))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, binascii.Error):
        raise refusal from None
    if len(secret) != AUTH_BYTES:
        raise refusal

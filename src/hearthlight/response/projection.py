"""What a response amounts to in the shared record, once it is over: who was told, and when."""

from collections.abc import Iterable, Sequence

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import KIND_WORDS
from hearthlight.core.facts import Kind
from hearthlight.response import fhir
from hearthlight.response.models import Run, Tell
from hearthlight.response.types import Phase


def _response(alert_id: str) -> Sequence[fhir.Resource]:
    """Nothing while it goes on: every telling of a bad night would be a version."""
    if not Run.objects.filter(alert_id=alert_id, phase=Phase.DONE).exists():
        return []
    alert = alerts.facts(int(alert_id))
    tells = Tell.objects.filter(alert_id=alert_id, sent_at__isnull=False, staff__isnull=False).order_by("pk")
    rows = list(tells.values_list("staff_id", "sent_at", "seen_at"))
    return [
        fhir.communication(
            alert_id=alert.id, person_id=alert.person_id, words=KIND_WORDS[alert.kind],
            staff_ids=sorted({staff_id for staff_id, _, _ in rows if staff_id is not None}),
            sent_at=min((sent_at for _, sent_at, _ in rows if sent_at), default=None),
            seen_at=min((seen_at for _, _, seen_at in rows if seen_at), default=None),
        )
    ]  # fmt: skip


def _ids() -> Iterable[str]:
    done = Run.objects.filter(phase=Phase.DONE).order_by("alert_id")
    return (str(alert_id) for alert_id in done.values_list("alert_id", flat=True).iterator())


KINDS = {"response": Kind(_response, _ids)}

"""What a device amounts to in the shared record."""

from collections.abc import Iterable, Sequence

from hearthlight.core.facts import Kind
from hearthlight.sensors import fhir
from hearthlight.sensors.models import Device


def _device(id_: str) -> Sequence[fhir.Resource]:
    row = Device.objects.filter(pk=id_).first()
    if row is None:
        return []
    return [
        fhir.device(
            id_=row.pk, family=row.family, label=row.label, place_id=row.place_id, person_id=row.person_id,
            bridge_id=row.bridge_id, retired_at=row.retired_at,
        )
    ]  # fmt: skip


def _ids() -> Iterable[str]:
    return Device.objects.order_by("pk").values_list("pk", flat=True).iterator()


KINDS = {"device": Kind(_device, _ids)}

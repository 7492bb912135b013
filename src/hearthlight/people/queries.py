"""The reads the people room offers, always scoped by the viewer."""

from datetime import datetime

from hearthlight.people.models import Grant, Shift, Staff
from hearthlight.people.types import Role, Scope, Viewer


def viewer_of(*, user_id: int, at: datetime) -> Viewer | None:
    """The staff member behind a user account, with every role they hold at `at`; None for anyone who is not staff
    or has left."""
    staff = Staff.objects.filter(user_id=user_id, left_at__isnull=True).first()
    if staff is None:
        return None
    now = {"staff": staff, "starts_at__lte": at}
    granted = Grant.objects.filter(**now).exclude(ends_at__lte=at).values_list("role", "place__path")
    on_shift = Shift.objects.filter(**now, ends_at__gt=at).values_list("role", "place__path")
    scopes = {Scope(Role(role), path) for role, path in [*granted, *on_shift]}
    return Viewer(staff_id=staff.pk, name=staff.name, scopes=tuple(sorted(scopes, key=lambda s: (s.path, s.role))))

"""Who may do what with checks. Carers record; seniors say what is usual; managers set the home's policy."""

from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Role, Viewer

SENIORS = (Role.SENIOR, Role.ON_CALL, Role.MANAGER)


def can_record(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path)


def check_record(viewer: Viewer, path: str) -> None:
    if not can_record(viewer, path):
        raise NotAllowed("You may see this person, but only staff who work where they live can record a check.")


def can_change(viewer: Viewer, path: str, recorded_by: str) -> bool:
    """Correct or take back: one's own, or as a senior."""
    return viewer.covers(path, *SENIORS) or (viewer.covers(path) and recorded_by == f"staff:{viewer.staff_id}")


def check_change(viewer: Viewer, path: str, recorded_by: str) -> None:
    if not can_change(viewer, path, recorded_by):
        raise NotAllowed("Only whoever recorded this check, or a senior, can correct it.")


def can_set_usual(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *SENIORS)


def check_set_usual(viewer: Viewer, path: str) -> None:
    if not can_set_usual(viewer, path):
        raise NotAllowed("Only a senior or a manager can say what is usual for someone.")


def can_set_policy(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, Role.MANAGER)


def check_set_policy(viewer: Viewer, path: str) -> None:
    if not can_set_policy(viewer, path):
        raise NotAllowed("Only a manager can change what is done by score.")

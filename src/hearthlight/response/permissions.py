"""Who may change a response plan."""

from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Role, Viewer


def can_edit_plan(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, Role.MANAGER)


def check_edit_plan(viewer: Viewer, path: str) -> None:
    if not can_edit_plan(viewer, path):
        raise NotAllowed("Only a manager can change who is told, and when.")

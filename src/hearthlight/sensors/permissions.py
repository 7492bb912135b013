"""Who may do what with devices. Everyone sees those of their own places; seniors and above change them."""

from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Role, Viewer

KEEPERS = (Role.SENIOR, Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR)


def can_change_devices(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *KEEPERS)


def check_change_devices(viewer: Viewer, path: str) -> None:
    if not can_change_devices(viewer, path):
        raise NotAllowed("Only a senior or a manager can add, move or retire devices.")


def can_replace_battery(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path)


def check_replace_battery(viewer: Viewer, path: str) -> None:
    if not can_replace_battery(viewer, path):
        raise NotAllowed("This device is in a place you do not work in.")

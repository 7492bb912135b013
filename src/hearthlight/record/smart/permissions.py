"""Who may let apps in. Managers and administrators of the place; nobody lets one in for more than they answer for."""

from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Role, Viewer
from hearthlight.record.smart import powers
from hearthlight.record.types import Section

EDITORS = (Role.MANAGER, Role.ADMINISTRATOR)


def can_let_apps_in(viewer: Viewer, path: str) -> bool:
    return bool(path) and viewer.covers(path, *EDITORS)


def check_let_apps_in(viewer: Viewer, path: str) -> None:
    if not can_let_apps_in(viewer, path):
        raise NotAllowed("Only a manager can let an app in, and only for their own place.")


def can_open_sections(viewer: Viewer, path: str) -> bool:
    """Only somebody who may open the guarded parts there themselves lets an app open them."""
    held = [scope for scope in viewer.scopes if path.startswith(scope.path)]
    return any(powers.SECTIONS[scope.role] == frozenset(Section) for scope in held)


def check_open_sections(viewer: Viewer, path: str) -> None:
    if not can_open_sections(viewer, path):
        raise NotAllowed("Only a manager of the home can let an app open the guarded parts.")


def can_see_broken_glass(viewer: Viewer) -> bool:
    return any(scope.role in EDITORS for scope in viewer.scopes)


def check_see_broken_glass(viewer: Viewer) -> None:
    if not can_see_broken_glass(viewer):
        raise NotAllowed("Only a manager can read which records were opened in an emergency.")

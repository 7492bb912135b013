"""Who may see and write what, once `Access` has been decided. What one may not see does not exist.

For rooms above: `with_opened`, for every page; `unseen_glass` and `app_labels`, for those who read who looked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from hearthlight.people.types import Role, Viewer
from hearthlight.record.rules import hidden_bits
from hearthlight.record.smart import glass
from hearthlight.record.smart import queries as smart
from hearthlight.record.types import Access, Forbidden, NotFound, Verb

MANAGING = (Role.MANAGER, Role.ADMINISTRATOR)


def check_may(access: Access, type_: str, verb: Verb) -> None:
    """Is this kind of resource theirs to touch in this way? No secret: it is asked of the type alone."""
    if not access.may(type_, verb):
        raise Forbidden(f"You may not do this with {type_} resources")


def can_see(access: Access, *, patients: Sequence[str], section: int) -> bool:
    """May they see something about these people (all of them: what is about two is not for the friend of one), in
    these guarded sections?"""
    if access.people is not None and not access.people.issuperset(patients):
        return False
    if section and access.outside and not access.outside.isdisjoint(patients):
        return False  # reached by a circle or in an emergency: nothing guarded
    return not section & hidden_bits(access.sections)


def check_see(access: Access, *, patients: Sequence[str], section: int) -> None:
    if not can_see(access, patients=patients, section=section):
        raise NotFound("There is no such resource")


def check_write_about(access: Access, *, patients: Sequence[str], section: int) -> None:
    """Nobody writes into the record of somebody they may not see, nor into a part they may not open."""
    if not can_see(access, patients=patients, section=section) or not access.outside.isdisjoint(patients):
        raise Forbidden("You may not write about this person, or in this part of their record")


def with_opened(viewer: Viewer, at: datetime) -> Viewer:
    """The viewer, with the persons whose record they hold open in an emergency."""
    opened = glass.opened_by(viewer.staff_id, at) if viewer.scopes else {}
    return replace(viewer, opened=tuple(opened)) if opened else viewer


def unseen_glass(viewer: Viewer, at: datetime) -> int:
    """How many records of people this manager answers for were opened in an emergency and not yet looked into."""
    scopes = tuple(scope for scope in viewer.scopes if scope.role in MANAGING)
    if not scopes:
        return 0
    return len(glass.broken(Viewer(viewer.staff_id, viewer.name, scopes), since=at - glass.KEPT_SHOWN, unseen_only=True))


def app_labels(ids: Iterable[int]) -> dict[int, str]:
    """What registered apps are called."""
    return smart.labels_of(ids)


def apps_for(viewer: Viewer) -> list[int]:
    """The ids of the apps registered for places this viewer's roles cover."""
    return smart.apps_by_place([scope.path for scope in viewer.scopes])

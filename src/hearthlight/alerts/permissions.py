"""Who may answer an alert. `check_…` raises with words for a screen; `can_…` is its twin."""

from hearthlight.core.types import Refusal
from hearthlight.people.types import Role, Viewer

# An administrator looks after accounts and devices, and answers no alerts by virtue of that.
CARE_ROLES = (Role.CARER, Role.SENIOR, Role.ON_CALL, Role.MANAGER)
LEADING_ROLES = (Role.SENIOR, Role.ON_CALL, Role.MANAGER)


def can_answer(viewer: Viewer, path: str, *, is_asked: bool = False) -> bool:
    """Whoever cares for people there, and whoever has been asked to come, from wherever they are."""
    return is_asked or viewer.covers(path, *CARE_ROLES)


def check_answer(viewer: Viewer, path: str, *, is_asked: bool = False) -> None:
    if not can_answer(viewer, path, is_asked=is_asked):
        raise Refusal("You are not on duty here, so you cannot answer this alert.")


def can_decide_for(viewer: Viewer, path: str, owner_id: int | None) -> bool:
    """Its owner decides about an alert, and so may whoever leads the shift: a carer's phone may be in a bath."""
    return owner_id == viewer.staff_id or viewer.covers(path, *LEADING_ROLES)


def check_decide_for(viewer: Viewer, path: str, owner_id: int | None, owner_name: str) -> None:
    if can_decide_for(viewer, path, owner_id):
        return
    if owner_name:
        raise Refusal(f"Only {owner_name}, or a senior, can do that.")
    raise Refusal("Say “I’m going” first: an alert nobody has taken can only be called off by a senior.")

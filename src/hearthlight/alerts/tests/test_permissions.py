"""Who may answer, and who may decide for somebody else."""

import pytest

from hearthlight.alerts import permissions
from hearthlight.core.types import Refusal
from hearthlight.people.types import Role, Scope, Viewer

HERE = "/1/2/3/7/"


def _viewer(role: Role, path: str = "/1/2/3/") -> Viewer:
    return Viewer(5, "Sam", (Scope(role, path),))


@pytest.mark.parametrize(
    ("role", "path", "may"),
    [(Role.CARER, "/1/2/3/", True), (Role.SENIOR, "/1/2/", True), (Role.ON_CALL, "/1/", True), (Role.MANAGER, "/1/2/", True),
     (Role.ADMINISTRATOR, "/1/", False), (Role.CARER, "/1/2/4/", False), (Role.MANAGER, "/1/2/3/70/", False)],
)  # fmt: skip
def test_it_lets_whoever_cares_for_people_there_answer(role: Role, path: str, may: bool):
    assert permissions.can_answer(_viewer(role, path), HERE) is may
    if not may:
        with pytest.raises(Refusal, match="not on duty here"):
            permissions.check_answer(_viewer(role, path), HERE)


def test_it_lets_whoever_was_asked_answer_from_elsewhere():
    permissions.check_answer(_viewer(Role.CARER, "/1/2/4/"), HERE, is_asked=True)


@pytest.mark.parametrize(
    ("role", "owner", "may"),
    [(Role.CARER, 5, True), (Role.CARER, 6, False), (Role.CARER, None, False), (Role.SENIOR, 6, True), (Role.ON_CALL, None, True),
     (Role.MANAGER, 6, True), (Role.ADMINISTRATOR, 6, False)],
)  # fmt: skip
def test_it_lets_the_owner_and_whoever_leads_decide(role: Role, owner: int | None, may: bool):
    assert permissions.can_decide_for(_viewer(role), HERE, owner) is may


def test_it_says_whose_decision_it_is():
    with pytest.raises(Refusal, match="Only Nia, or a senior"):
        permissions.check_decide_for(_viewer(Role.CARER), HERE, 6, "Nia")
    with pytest.raises(Refusal, match="I’m going"):
        permissions.check_decide_for(_viewer(Role.CARER), HERE, None, "")

import pytest

from hearthlight.people import permissions
from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Role, Scope, Viewer

HOME, UNIT, ELSEWHERE = "/1/2/", "/1/2/3/", "/1/9/"
MAY = {
    "edit_people": {Role.MANAGER, Role.ADMINISTRATOR},
    "edit_places": {Role.MANAGER, Role.ADMINISTRATOR},
    "edit_staff": {Role.MANAGER, Role.ADMINISTRATOR},
    "edit_rota": {Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR},
    "record_consent": {Role.SENIOR, Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR},
    "edit_circle": {Role.SENIOR, Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR},
}


def _viewer(role, path=HOME):
    return Viewer(1, "Someone", (Scope(role, path),))


def _may(verb, viewer, path):
    """What `can_` says, having made sure that `check_` says the same."""
    can = getattr(permissions, f"can_{verb}")(viewer, path)
    try:
        getattr(permissions, f"check_{verb}")(viewer, path)
        checked = True
    except NotAllowed as refusal:
        checked = False
        assert refusal.why.endswith(".")
    assert can is checked
    return can


@pytest.mark.parametrize("verb", MAY)
@pytest.mark.parametrize("role", Role)
def test_it_allows_each_role_its_own_things_where_it_is_held(verb, role):
    assert _may(verb, _viewer(role), UNIT) is (role in MAY[verb])
    assert not _may(verb, _viewer(role), ELSEWHERE)
    assert not _may(verb, _viewer(role, UNIT), HOME), "a unit's role does not reach the home"


def test_it_covers_every_pair_in_the_module():
    verbs = {name.removeprefix("can_") for name in vars(permissions) if name.startswith("can_")}

    assert verbs - {"hand_out", "answer_for"} == MAY.keys()


def test_it_hands_out_no_role_above_ones_own():
    manager = _viewer(Role.MANAGER)

    assert permissions.can_hand_out(manager, Role.MANAGER, UNIT)
    permissions.check_hand_out(manager, Role.CARER, UNIT)
    for role, path in ((Role.ADMINISTRATOR, UNIT), (Role.CARER, ELSEWHERE)):
        assert not permissions.can_hand_out(manager, role, path)
        with pytest.raises(NotAllowed):
            permissions.check_hand_out(manager, role, path)


@pytest.mark.parametrize(
    ("held", "based_at", "may"),
    [
        ([(Role.CARER, UNIT)], HOME, True),
        ([(Role.MANAGER, HOME)], "", True),
        ([(Role.ADMINISTRATOR, HOME)], HOME, False),
        ([(Role.CARER, UNIT), (Role.CARER, ELSEWHERE)], HOME, False),
        ([], HOME, True),
        ([], ELSEWHERE, False),
        ([], "", False),
    ],
)
def test_it_answers_only_for_staff_whose_every_role_is_ones_to_give(held, based_at, may):
    manager = _viewer(Role.MANAGER)

    assert permissions.can_answer_for(manager, held, based_at) is may
    if not may:
        with pytest.raises(NotAllowed):
            permissions.check_answer_for(manager, held, based_at)
    assert not permissions.can_answer_for(_viewer(Role.ON_CALL), [(Role.CARER, UNIT)], HOME)


def test_it_lets_nobody_shut_themselves_out():
    permissions.check_not_self(_viewer(Role.MANAGER), 2)
    with pytest.raises(NotAllowed):
        permissions.check_not_self(_viewer(Role.MANAGER), 1)

import pytest

from hearthlight.people.types import Role, Scope
from hearthlight.record.smart import powers
from hearthlight.record.types import Section, Verb


@pytest.mark.parametrize("role", Role)
def test_it_lets_everyone_on_duty_read_and_nobody_write_the_audit(role):
    may = powers.of_roles([role])

    assert may("Observation", Verb.READ) and may("Condition", Verb.SEARCH)
    assert not any(may("AuditEvent", verb) for verb in (Verb.CREATE, Verb.UPDATE, Verb.DELETE))


@pytest.mark.parametrize(
    ("role", "resource_type", "verb", "expected"),
    [
        (Role.CARER, "Observation", Verb.CREATE, True),
        (Role.CARER, "Observation", Verb.UPDATE, False),
        (Role.CARER, "Condition", Verb.CREATE, False),
        (Role.CARER, "AuditEvent", Verb.READ, False),
        (Role.SENIOR, "Condition", Verb.UPDATE, True),
        (Role.SENIOR, "Condition", Verb.DELETE, False),
        (Role.SENIOR, "Subscription", Verb.CREATE, False),
        (Role.ON_CALL, "AuditEvent", Verb.SEARCH, False),
        (Role.MANAGER, "Condition", Verb.DELETE, True),
        (Role.MANAGER, "AuditEvent", Verb.SEARCH, True),
        (Role.ADMINISTRATOR, "Subscription", Verb.CREATE, True),
    ],
)
def test_it_gives_each_role_its_own_powers(role, resource_type, verb, expected):
    assert powers.of_roles([role])(resource_type, verb) is expected


def test_it_gives_nobody_without_a_role_anything():
    assert not powers.of_roles([])("Patient", Verb.READ)
    assert powers.sections_of([]) == frozenset()


@pytest.mark.parametrize(
    ("role", "opens"),
    [(Role.CARER, False), (Role.SENIOR, True), (Role.ON_CALL, True), (Role.MANAGER, True), (Role.ADMINISTRATOR, False)],
)
def test_it_opens_the_guarded_parts_to_seniors_and_above_but_not_to_who_keeps_the_machine(role, opens):
    assert (powers.sections_of([role]) == frozenset(Section)) is opens


def test_it_counts_a_lower_role_inside_the_place_of_a_higher_one_for_nothing():
    scopes = [Scope(Role.MANAGER, "/1/2/"), Scope(Role.CARER, "/1/2/3/"), Scope(Role.ADMINISTRATOR, "/1/2/")]

    assert powers.standing(scopes) == {Role.MANAGER}


def test_it_lets_a_manager_of_one_home_do_no_more_than_a_carer_where_they_are_a_carer():
    roles = powers.standing([Scope(Role.MANAGER, "/1/2/"), Scope(Role.CARER, "/1/9/")])

    assert roles == {Role.MANAGER, Role.CARER}
    assert not powers.of_roles(roles)("Condition", Verb.DELETE)
    assert powers.sections_of(roles) == frozenset()

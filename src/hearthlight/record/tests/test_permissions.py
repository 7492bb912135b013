"""Who may see what, by the people it is about and the sections it is in."""

import pytest

from hearthlight.record import permissions, rules
from hearthlight.record.tests.factories import ADA, LEWIS, make_access
from hearthlight.record.types import Forbidden, NotFound, Section


@pytest.mark.parametrize(
    ("people", "patients", "is_seen"),
    [((), (ADA,), True), ((ADA,), (ADA,), True), ((ADA,), (LEWIS,), False), ((ADA,), (), True), ((ADA,), (ADA, LEWIS), False)],
)
def test_it_shows_what_is_about_people_one_may_see(people, patients, is_seen):
    assert permissions.can_see(make_access(*people), patients=patients, section=0) is is_seen


@pytest.mark.parametrize("section", Section)
def test_it_keeps_each_guarded_section_to_whoever_may_open_it(section):
    bits = rules.BITS[section]

    assert not permissions.can_see(make_access(), patients=(), section=bits)
    assert permissions.can_see(make_access(sections=frozenset({section})), patients=(), section=bits)


def test_it_says_not_found_to_readers_and_forbidden_to_writers():
    with pytest.raises(NotFound):
        permissions.check_see(make_access(ADA), patients=(LEWIS,), section=0)
    with pytest.raises(Forbidden):
        permissions.check_write_about(make_access(ADA), patients=(LEWIS,), section=0)

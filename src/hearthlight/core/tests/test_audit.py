from hearthlight.core import audit
from hearthlight.core.models import AuditEntry
from hearthlight.core.types import system


def _record(at, n):
    return audit.record(by=system("test"), at=at, action="looked", subject=f"person:{n}", person_id=n)


def test_it_chains_every_entry_to_the_one_before(db, at):
    first, second = _record(at, 1), _record(at, 2)

    assert second.previous == first.digest
    assert audit.first_broken() is None


def test_it_names_the_first_entry_that_was_tampered_with(db, at):
    _record(at, 1)
    changed = _record(at, 2)
    _record(at, 3)

    AuditEntry.objects.filter(pk=changed.pk).update(person_id=99)

    assert audit.first_broken() == changed.pk

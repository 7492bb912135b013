"""Prepared reads and writes say what the ORM would have said."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.prepared import Given, Read, build_all, change, insert, insert_all

TEXTS = ("%s", "100%", "a'b", 'c"d', "\\", "_", "%%s")


def _entry(at, digest="d1", **fields):
    return AuditEntry(at=at, by="system:test", action="looked", subject="person:1", previous="", digest=digest, **fields)


def _change(at, subject="alert:1"):
    return Change(at=at, kind="alert", path="/1/", subject=subject, data={"words": ["Ada", None, 1.5]})


def test_it_reads_what_the_queryset_reads(db, at):
    insert(_change(at))
    read = Read(lambda: Change.objects.filter(at__lte=Given("at")))

    found = read(at=at)

    assert found == list(Change.objects.all())
    assert (found[0].at, found[0].data) == (at, {"words": ["Ada", None, 1.5]})
    assert read(at=at - timedelta(seconds=1)) == []


def test_it_reads_joined_rows_without_asking_again(db, django_assert_num_queries):
    wanted = Permission.objects.select_related("content_type").get(codename="add_change")
    read = Read(lambda: Permission.objects.filter(codename=Given("codename")).select_related("content_type"))

    with django_assert_num_queries(1):
        (found,) = read(codename="add_change")
        assert found.content_type == wanted.content_type


def test_it_reads_tuples_and_single_values(db, at):
    keys = [insert(_change(at, subject)) for subject in ("alert:1", "alert:2")]
    told = Read(lambda: Change.objects.filter(kind=Given("kind")).order_by("pk").values_list("subject", "at", "data"))
    numbers = Read(lambda: Change.objects.filter(kind=Given("kind")).order_by("pk").values_list("pk", flat=True))

    assert told(kind="alert") == list(Change.objects.order_by("pk").values_list("subject", "at", "data"))
    assert numbers(kind="alert") == keys


def test_it_takes_many_values_or_none_where_one_is_among_them(db, at):
    keys = [insert(_change(at)) for _ in range(3)]
    read = Read(lambda: Change.objects.filter(pk__in=[Given("ids")]).order_by("pk").values_list("pk", flat=True))

    assert read(ids=keys) == keys
    assert read(ids={keys[1]}) == [keys[1]]
    assert read(ids=[]) == []


def test_it_takes_an_argument_in_two_places(db, at):
    key = insert(_change(at))
    either = Change.objects.filter(path=Given("path")) | Change.objects.filter(path__startswith=Given("path"))
    read = Read(lambda: either.values_list("pk", flat=True))

    assert read(path="/1/") == [key]
    assert read(path="/2/") == []


@pytest.mark.parametrize("text", TEXTS)
def test_it_takes_text_as_it_is(db, at, text):
    for other in TEXTS:
        insert(_change(at, other))
    exactly = Read(lambda: Change.objects.filter(subject=Given("text")).values_list("subject", flat=True))
    beginning = Read(lambda: Change.objects.filter(subject__startswith=Given("text")).values_list("subject", flat=True))

    assert exactly(text=text) == [text]
    assert set(beginning(text=text)) == {other for other in TEXTS if other.startswith(text)}


def test_it_says_which_argument_is_missing(db):
    read = Read(lambda: Change.objects.filter(pk=Given("pk")))

    with pytest.raises(KeyError, match="pk"):
        read()


@pytest.mark.django_db(transaction=True)
def test_it_builds_a_query_once_a_thread(at):
    """A statement belongs to the connection of its thread."""
    built = []

    def build():
        built.append(threading.get_ident())
        return Change.objects.filter(pk=Given("pk")).values_list("subject", flat=True)

    def elsewhere():
        read.first(pk=0)
        connection.close()

    read = Read(build)
    key = insert(_change(at))
    thread = threading.Thread(target=elsewhere)

    assert [read.first(pk=number) for number in (key, 0, key)] == ["alert:1", None, "alert:1"]
    assert built == [threading.get_ident()]
    thread.start()
    thread.join()
    assert len(built) == len(set(built)) == 2


def test_it_inserts_what_saving_would(db, at):
    entry = _entry(at, person_id=7, detail={"from": "", "skipped": []})

    key = insert(entry)

    kept = AuditEntry.objects.get()
    names = [field.attname for field in AuditEntry._meta.concrete_fields]
    assert [getattr(kept, name) for name in names] == [getattr(entry, name) for name in names]
    assert key == entry.pk
    entry.by = "system:other"
    entry.save()  # it is known to be there
    assert AuditEntry.objects.get().by == "system:other"


def test_it_inserts_many_and_leaves_what_is_there(db, at):
    insert_all([_entry(at, "d1"), _entry(at, "d2")])
    insert_all([_entry(at, "d2", person_id=7), _entry(at, "d3")], or_ignore=True)
    insert_all([])

    kept = AuditEntry.objects.order_by("digest").values_list("digest", "person_id")
    assert list(kept) == [("d1", None), ("d2", None), ("d3", None)]


def test_it_changes_only_a_row_that_is_still_as_it_was_read(db, at):
    key = insert(_entry(at))
    as_read = {"id": key, "action": "looked", "person_id": None}
    later = at + timedelta(hours=1)

    assert change(AuditEntry, as_read, action="left", person_id=7, at=later) == 1
    assert change(AuditEntry, as_read, action="left", person_id=8, at=later) == 0
    assert change(AuditEntry, {**as_read, "action": "left", "person_id": 7}, person_id=None) == 1
    kept = AuditEntry.objects.get()
    assert (kept.action, kept.person_id, kept.at) == ("left", None, later)


def test_it_asks_the_database_once_for_each(db, at):
    with CaptureQueriesContext(connection) as asked:
        key = insert(_entry(at))
        change(AuditEntry, {"id": key}, action="left")

    assert len(asked) == 2


def test_it_builds_everything_before_it_is_needed(db):
    built = []

    def build():
        built.append(1)
        return Change.objects.filter(pk=Given("pk"))

    read = Read(build)
    build_all()

    assert built == [1]
    assert read(pk=0) == []
    assert built == [1]

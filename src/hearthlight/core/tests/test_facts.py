"""Whoever writes a fact says so once; the record listens."""

from datetime import UTC, datetime

import pytest

from hearthlight.core import facts
from hearthlight.core.types import system

AT = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(facts, "_listeners", [])


def test_it_tells_every_listener_once_however_often_it_was_added():
    heard = []

    def listener(*told):
        heard.append(told)

    facts.listen(listener)
    facts.listen(listener)
    facts.changed("person", 7, by=system("test"), at=AT)

    assert heard == [("person", "7", system("test"), AT)]


def test_it_undoes_the_fact_when_the_record_cannot_be_written():
    def broken(*_told):
        raise OSError("the disk is full")

    facts.listen(broken)

    with pytest.raises(OSError, match="full"):
        facts.changed("person", 7, by=system("test"), at=AT)

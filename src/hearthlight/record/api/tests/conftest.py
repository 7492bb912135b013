"""One server for each file of tests, on a database as a site has it: what a test writes stays until its file is done, as
it would on a site, so every test makes its own resources."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from hearthlight.record.api.tests.site import Site, as_on_a_site, serving

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The mark has the tables made before the first of these tests."""
    for item in items:
        if HERE in item.path.parents and "tables" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(databases="__all__"))


@pytest.fixture
def _django_db_helper() -> None:
    """No transaction around these tests: the server's threads would not see what is in it, nor could they write."""


@pytest.fixture(scope="module")
def tables(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with django_db_blocker.unblock(), as_on_a_site(tmp_path_factory.mktemp("site")):
        yield
        if connection.vendor != "sqlite":
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def site(tables: None) -> Iterator[Site]:
    with serving() as site:
        yield site

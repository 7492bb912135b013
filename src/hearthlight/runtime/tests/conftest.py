"""What the runtime's tests share: homes of their own."""

from pathlib import Path

import pytest

from hearthlight.runtime.tests import homes


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> homes.Home:
    """A SQLite home with tables, to be copied and not touched."""
    home = homes.Home(tmp_path_factory.mktemp("empty") / "home", "sqlite")
    home.migrate()
    return home


@pytest.fixture(params=homes.DATABASES)
def home(request: pytest.FixtureRequest, empty_home: homes.Home, tmp_path: Path) -> homes.Home:
    """A home whose tables are there and which nobody has used yet, on each database there is."""
    if request.param == "sqlite":
        return homes.copy_of(empty_home, tmp_path / "home")
    return homes.on_postgresql(tmp_path / "home")

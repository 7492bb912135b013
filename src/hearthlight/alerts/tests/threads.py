"""For tests of what happens at once: a database as a site has it, and threads that start at one moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def as_on_a_site(tmp_path: Path) -> Iterator[None]:
    """The test database as a file, as on a site: the one in memory locks whole tables, which no site does."""
    if connection.vendor != "sqlite":
        yield
        return
    held, name = connection.connection, connection.settings_dict["NAME"]
    connection.cursor().execute("VACUUM INTO %s", [str(tmp_path / "core.sqlite3")])
    connection.connection, connection.settings_dict["NAME"] = None, str(tmp_path / "core.sqlite3")
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = held, name


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """Run `act(number)` in `count` threads that start at one moment; what each returned or raised."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = act(number)
        except Exception as failure:
            results[number] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results

"""SQL by hand, on the connection Django keeps. Building a query with the ORM costs ten times what running it does, and a
wrapped cursor as much as a short query: here both are left out, and everything else is as Django does it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection

Params = Sequence[Any]


@lru_cache(512)
def _for_sqlite(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def execute(sql: str, params: Params = (), *, is_prepared: bool = True) -> Any:
    """Run one statement with `%s` where its parameters go; a cursor. Prepared once for each connection."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if not is_postgresql():
            return connection.connection.execute(_for_sqlite(sql), params)
        cursor = psycopg.Cursor(connection.connection)
        return cursor.execute(sql, params, prepare=is_prepared or None, binary=True)


def rows(sql: str, params: Params = (), *, is_prepared: bool = True) -> list[tuple[Any, ...]]:
    with connection.wrap_database_errors:
        return list(execute(sql, params, is_prepared=is_prepared).fetchall())


def row(sql: str, params: Params = ()) -> tuple[Any, ...] | None:
    with connection.wrap_database_errors:
        found: tuple[Any, ...] | None = execute(sql, params).fetchone()
    return found


def execute_each(sql: str, many: Iterable[Params]) -> None:
    """The same statement for each of `many`."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if is_postgresql():
            psycopg.Cursor(connection.connection).executemany(sql, many)
        else:
            connection.connection.executemany(_for_sqlite(sql), many)

"""SQL by hand, on the connection Django keeps. Building a query with the ORM costs ten times what running it does, and a
wrapped cursor as much as a short query: here both are left out, and everything else is as Django does it."""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

Params = Sequence[Any]


@lru_cache(512)
def _for_sqlite(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


@cache
def is_postgresql() -> bool:
    return connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def _ready() -> Any:
    """This thread's connection itself: the proxy in front of it costs more than a short query."""
    held = connections[DEFAULT_DB_ALIAS]
    if held.connection is None:
        held.ensure_connection()
    return held


def execute(sql: str, params: Params = (), *, is_prepared: bool = True) -> Any:
    """Run one statement with `%s` where its parameters go; a cursor. Prepared once for each connection."""
    held = _ready()
    with held.wrap_database_errors:
        if not is_postgresql():
            return held.connection.execute(_for_sqlite(sql), params)
        cursor = psycopg.Cursor(held.connection)
        return cursor.execute(sql, params, prepare=is_prepared or None, binary=True)


def rows(sql: str, params: Params = (), *, is_prepared: bool = True) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
        return list(execute(sql, params, is_prepared=is_prepared).fetchall())


def row(sql: str, params: Params = ()) -> tuple[Any, ...] | None:
    with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
        found: tuple[Any, ...] | None = execute(sql, params).fetchone()
    return found


def execute_each(sql: str, many: Iterable[Params]) -> None:
    """The same statement for each of `many`."""
    held = _ready()
    with held.wrap_database_errors:
        if is_postgresql():
            psycopg.Cursor(held.connection).executemany(sql, many)
        else:
            held.connection.executemany(_for_sqlite(sql), many)

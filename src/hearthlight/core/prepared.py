"""The reads and writes on the way of an alarm, built once and run often.

Building a query through the ORM takes ten times as long as running it, and an alert needs some forty before a carer's
phone rings. These keep the ORM's words (fields, joins, converters, both databases) and pay for the building only the
first time. Nothing here commits: everything happens in the caller's transaction, on the core database.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from itertools import chain, repeat
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

T = TypeVar("T")
_reads: "list[Read[Any]]" = []
Slots = Sequence[Any]  # parameters of a statement: a Given where an argument goes, anything else as it is


class Given(Expression):
    """Where an argument of a `Read` goes, in place of a value: a string, a whole number or a moment. As the one member
    of an `__in` list it may be given many, or none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 — Django's
        return "%s", (self,)


class Read(Generic[T]):
    """A queryset that is built at its first use, with `Given` for what is only known when it is asked.

    >>> of_concern = Read(lambda: Alert.objects.filter(concern=Given("concern")).values_list("pk", flat=True))
    >>> of_concern(concern="person:7")  # doctest: +SKIP
    [312]
    """

    def __init__(self, build: Callable[[], QuerySet[Any, T]]) -> None:
        self._build = build
        _reads.append(self)
        self._built = threading.local()  # a compiler belongs to its thread's connection

    def __call__(self, **given: object) -> list[T]:
        queryset, compiler = self._ready()
        compiler.given = given
        return list(queryset._iterable_class(queryset))

    def first(self, **given: object) -> T | None:
        found = self(**given)
        return found[0] if found else None

    def _ready(self) -> tuple[Any, "_Compiled"]:
        if not hasattr(self._built, "it"):
            self._built.it = self._compile()
        return self._built.it  # type: ignore[no-any-return]

    def _compile(self) -> tuple[Any, "_Compiled"]:
        queryset: Any = self._build()
        compiler = _Compiled(queryset.query, connections[queryset.db])
        queryset.query.get_compiler = lambda *_, **__: compiler  # Django's own iterables then make rows of what it fetches
        return queryset, compiler


def build_all() -> None:
    """Build every read there is for the calling thread, so that the first alarm after a start does not wait for it."""
    for read in _reads:
        read._ready()


class _Compiled(SQLCompiler):
    """What Django would compile anew at each use, with its parameters still open."""

    def __init__(self, query: Any, using: Any) -> None:
        super().__init__(query, using, None)
        self.given: dict[str, object] = {}
        sql, self._slots = self.as_sql()
        self._pieces = sql.split("%s")
        self._converting: dict[Any, Any] | None = None

    def execute_sql(self, *_: Any, **__: Any) -> Any:
        sql, values = _filled(self._pieces, self._slots, self.given, self.connection)
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [cursor.fetchall()]

    def get_converters(self, expressions: Any) -> dict[Any, Any]:
        if self._converting is None:
            self._converting = super().get_converters(expressions)
        return self._converting


def _filled(pieces: Sequence[str], slots: Slots, given: dict[str, object], using: Any) -> tuple[str, list[Any]]:
    """The statement with a mark for each value, and the values."""
    marks: list[str] = []
    values: list[Any] = []
    for slot in slots:
        value = given[slot.name] if type(slot) is Given else slot
        if type(slot) is Given and isinstance(value, (list, tuple, set)):
            marks.append(_marks(value) if value else "NULL")  # nothing is in (NULL)
            values += [_stored(one, using) for one in value]
        else:
            marks.append("%s")
            values.append(_stored(value, using))
    return "".join(chain.from_iterable(zip(pieces, [*marks, ""], strict=True))), values


def insert(row: Model) -> int:
    """Write a new row, as `row.save()` would; returns its key, and sets it."""
    sql, fields = _insert_of(type(row))
    using = connections[DEFAULT_DB_ALIAS]
    with using.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {_quoted(type(row)._meta.pk)}", _values(row, fields, using))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, using.alias
    return int(row.pk)


def insert_all(rows: Sequence[Model], *, or_ignore: bool = False) -> None:
    """Write new rows of one model; their keys are not set. `or_ignore`: what is there already stays as it is."""
    if not rows:
        return
    sql, fields = _insert_of(type(rows[0]))
    using = connections[DEFAULT_DB_ALIAS]
    with using.cursor() as cursor:
        ignoring = " ON CONFLICT DO NOTHING" if or_ignore else ""
        cursor.executemany(sql + ignoring, [_values(row, fields, using) for row in rows])


def change(model: type[Model], where: dict[str, object], **fields: object) -> int:
    """Change the rows that are exactly as `where` says (None: empty); returns how many they were. Names are attributes:
    `owner_id`, not `owner`."""
    wanted = {name: value for name, value in where.items() if value is not None}
    sql, named = _update_of(model, tuple(fields), tuple(wanted), tuple(where.keys() - wanted.keys()))
    given = chain(fields.values(), wanted.values())
    using = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(value, using) for field, value in zip(named, given, strict=True)]
    with using.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@cache
def _insert_of(model: type[Model]) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(_quoted(field) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({_marks(fields)})", fields  # noqa: S608 — names are constants


@cache
def _update_of(
    model: type[Model], changed: tuple[str, ...], wanted: tuple[str, ...], empty: tuple[str, ...]
) -> tuple[str, list[Any]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    setting = ", ".join(f"{_quoted(by_name[name])} = %s" for name in changed)
    asking = [f"{_quoted(by_name[name])} = %s" for name in wanted] + [f"{_quoted(by_name[name])} IS NULL" for name in empty]
    table = connection.ops.quote_name(model._meta.db_table)
    sql = f"UPDATE {table} SET {setting} WHERE {' AND '.join(asking)}"  # noqa: S608 — names are constants
    return sql, [by_name[name] for name in (*changed, *wanted)]


def _quoted(field: Any) -> str:
    return str(connection.ops.quote_name(field.column))


def _marks(values: Any) -> str:
    return ", ".join(repeat("%s", len(values)))


def _values(row: Model, fields: Sequence[Any], using: Any) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, True), using) for field in fields]


def _stored(value: Any, using: Any) -> Any:
    if isinstance(value, datetime):
        return using.ops.adapt_datetimefield_value(value)
    return value.value if isinstance(value, Enum) else value

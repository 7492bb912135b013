"""A table of people who live in a home, as CSV: read whole, every mistake told with its line, before anybody is added."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hearthlight.core.text import clean_line, clean_note
from hearthlight.core.types import Refusal
from hearthlight.people.types import PlaceFacts
from hearthlight.record.importing.types import Report

NEEDED = ("given_name", "family_name", "room")
COLUMNS = (*NEEDED, "preferred_name", "nhs_number", "born_on", "moved_in_on", "about")
MOST_ROWS = 500
MOST_WRONG = 100
DAYS = ("%Y-%m-%d", "%d/%m/%Y")
TYPE = "Resident"  # as the report calls a row


@dataclass(frozen=True, slots=True)
class Resident:
    line: int
    fields: Mapping[str, Any]


def rows_of(body: bytes) -> list[tuple[int, dict[str, str]]]:
    """Line number and cells of each row. Refusal for what is no such table."""
    try:
        words = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("Save the table as CSV in UTF-8: some letters cannot be read") from None
    reader = csv.reader(io.StringIO(words), strict=True)
    try:
        told = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Refusal(f"Line {reader.line_num} is no row of a table: {error}") from error
    if not told:
        raise Refusal("The table is empty")
    (_, head), *rows = told
    names = [cell.lower().replace(" ", "_") for cell in head]
    _check_head(names)
    if not 0 < len(rows) <= MOST_ROWS:
        raise Refusal(f"A table has 1 to {MOST_ROWS} people")
    for line, cells in rows:
        if len(cells) != len(names):
            raise Refusal(f"Line {line} has {len(cells)} cells, the first line has {len(names)}")
    return [(line, dict(zip(names, cells, strict=True))) for line, cells in rows]


def _check_head(names: list[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Refusal(f"The first line must name the columns. Missing: {', '.join(missing)}")
    strange = [name[:40] for name in names if name not in COLUMNS]
    if strange:
        raise Refusal(f"These columns are not known: {', '.join(strange)}. Known: {', '.join(COLUMNS)}")
    if len(set(names)) != len(names):
        raise Refusal("A column is named twice")


def residents_of(body: bytes, rooms: list[PlaceFacts]) -> tuple[list[Resident], Report]:
    """Everybody in the table as `people.actions.admit_person` takes them, and what is wrong with it."""
    report, found = Report(), []
    by_name: dict[str, list[PlaceFacts]] = {}
    for room in rooms:
        by_name.setdefault(room.name.casefold(), []).append(room)
    for line, cells in rows_of(body):
        report.of(TYPE).read += 1
        try:
            found.append(Resident(line, _fields(cells, by_name)))
        except Refusal as refusal:
            report.wrong.append(f"Line {line}: {refusal.why}")
    report.wrong += _twice(found)
    del report.wrong[MOST_WRONG:]
    report.people = [[str(one.line), f"{one.fields['given_name']} {one.fields['family_name']}", cells_room(one, rooms)] for one in found]
    report.of(TYPE).mapped = len(found)
    return found, report


def cells_room(one: Resident, rooms: list[PlaceFacts]) -> str:
    return next(room.name for room in rooms if room.id == one.fields["place_id"])


def _fields(cells: Mapping[str, str], rooms: Mapping[str, list[PlaceFacts]]) -> dict[str, Any]:
    named = rooms.get(cells["room"].casefold(), [])
    if len(named) != 1:
        words = "is not in this home" if not named else "is the name of several rooms"
        raise Refusal(f"Room {cells['room'][:40]!r} {words}")
    return {
        "given_name": clean_line(cells["given_name"], what="Given name"),
        "family_name": clean_line(cells["family_name"], what="Family name"),
        "preferred_name": clean_line(cells.get("preferred_name", ""), what="Preferred name", may_be_empty=True),
        "nhs_number": cells.get("nhs_number", ""),
        "about": clean_note(cells.get("about", ""), what="What matters most", may_be_empty=True),
        "born_on": _day(cells.get("born_on", ""), "Date of birth"),
        "moved_in_on": _day(cells.get("moved_in_on", ""), "Moved in on"),
        "place_id": named[0].id,
    }


def _day(words: str, what: str) -> date | None:
    if not words:
        return None
    for form in DAYS:
        try:
            return datetime.strptime(words, form).date()  # noqa: DTZ007 — a day, not a moment
        except ValueError:
            continue
    raise Refusal(f"{what} must be a day: 1942-02-03 or 03/02/1942")


def _twice(found: list[Resident]) -> list[str]:
    seen: dict[tuple[Any, ...], int] = {}
    wrong = []
    for one in found:
        number = "".join(letter for letter in one.fields["nhs_number"] if letter.isdigit())
        who = ("nhs", number) if number else ("who", one.fields["given_name"], one.fields["family_name"], one.fields["born_on"])
        if who in seen:
            wrong.append(f"Line {one.line}: the same person as line {seen[who]}")
        seen.setdefault(who, one.line)
    return wrong

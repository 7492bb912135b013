"""What one resource is found by: its hot columns, and its rows in the four index tables.

A row stands once for each Patient the resource is about, so that whoever asks for a person walks along that person's rows.
Composites: the values of one element that may stand together share an `instance`, and are joined by it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hearthlight.fhir.search import extract
from hearthlight.fhir.search.types import (
    Composite,
    Date,
    Number,
    Reference,
    Row,
    Rows,
    Text,
    Token,
    Uri,
)
from hearthlight.fhir.types import Resource
from hearthlight.record import rules
from hearthlight.record.hashes import NEVER, key, known, microseconds, reference, word

LONGEST_WORD = 400  # characters: Word.norm; what is longer is found by its beginning
DISPLAY, TYPED, IDENTIFIER = "text", "of-type", "identifier"  # parts of a parameter with rows of their own
LASTING = "lasting"
LONG_US = 32 * 24 * 3600 * 1_000_000  # 32 days in µs: longer than a month, which is how coarse a date of ours ever is
WHOM = ("patient", "subject")
MOST_INSTANCES = 10_000  # a smallint has 32 767
Values = tuple[Any, ...]


@dataclass(slots=True)
class Entry:
    """The hot columns, and rows as (table's own columns), without the resource's number."""

    patients: tuple[str, ...] = ()
    whose: tuple[int, ...] = ()  # the patients as numbers; none for a Patient, who is looked for among everybody
    section: int = 0
    code: int = 0
    lo_us: int = NEVER
    hi_us: int = NEVER
    tokens: list[Values] = field(default_factory=list)  # key, instance, code, system
    words: list[Values] = field(default_factory=list)  # key, instance, norm, exact
    spans: list[Values] = field(default_factory=list)  # key, instance, lo_us, hi_us
    amounts: list[Values] = field(default_factory=list)  # key, instance, lo, hi, unit, system


def entry_of(resource: Resource) -> Entry:
    """`resource` as stored: it has its id. Raises Malformed where it cannot be read."""
    type_, found = resource["resourceType"], extract.rows(resource)
    patients = dict.fromkeys(found.patients)
    for row in found.references:
        if row.parameter in WHOM and row.type == "Patient" and row.id and not row.url:
            patients[row.id] = None
    lo_us, hi_us = _hull(found)
    main = found.code
    whose = () if type_ == "Patient" else tuple(known(patient) for patient in patients)
    entry = Entry(tuple(patients), whose, rules.section_bits(resource), token_word(main.code) if main else 0, lo_us, hi_us)
    _fill(entry, type_, found)
    if hi_us - lo_us > LONG_US:
        entry.tokens.append((key(type_, "", LASTING), 0, 0, 0))
    return entry


def _hull(found: Rows) -> tuple[int, int]:
    """From the first beginning to the last end of the main date."""
    if found.date is None:
        return NEVER, NEVER
    rows = [row for row in found.dates if row.parameter == found.date.parameter]
    return microseconds(min(row.lo for row in rows)), microseconds(max(row.hi for row in rows))


def token_word(code: str) -> int:
    """The number of a code: of few codes, most of the time."""
    return known(code) if len(code) < 20 else word(code)


def reference_word(row: Reference) -> int:
    """What a reference points to: `type/id` here, a URL elsewhere; a logical one points to nothing with an address."""
    if row.url:
        return word(row.url)
    return reference(row.type, row.id) if row.id else 0


def typed_word(system: str, code: str, value: str) -> int:
    return word(f"{system}\0{code}\0{value}")


def _fill(entry: Entry, type_: str, found: Rows) -> None:
    tokens, words, amounts = entry.tokens, entry.words, entry.amounts
    tokens += [(key(type_, row[0]), 0, token_word(row[2]), known(row[1])) for row in found.tokens]
    tokens += [(key(type_, row.parameter), 0, reference_word(row), 0) for row in found.references]
    words += [(key(type_, name), 0, *_words(text, folded)) for name, text, folded in found.strings]
    words += [(key(type_, name), 0, *_words(uri, uri)) for name, uri in found.uris]
    words += [(key(type_, name, DISPLAY), 0, *_words(text, folded)) for name, text, folded in found.displays]
    entry.spans += [(key(type_, row.parameter), 0, *_of_date(row)) for row in found.dates]
    amounts += [(key(type_, row.parameter), 0, *_of_number(row)) for row in found.numbers]
    amounts += [(key(type_, name), 0, float(north), float(east), 0, 0) for name, north, east in found.positions]
    for name, system, code, value in found.typed_tokens:
        tokens.append((key(type_, name, TYPED), 0, typed_word(system, code, value), 0))
    for row in found.references:
        if row.identifier:
            system, value = row.identifier
            tokens.append((key(type_, row.parameter, IDENTIFIER), 0, token_word(value), known(system)))
    for instance, (name, parts) in enumerate(_instances(found.composites), 1):
        for place, alike in enumerate(parts):
            for part in alike:
                _add(entry, key(type_, name, f"${place}"), instance, part)


def _of_date(row: Date) -> tuple[int, int]:
    return microseconds(row.lo), microseconds(row.hi)


def _of_number(row: Number) -> tuple[float, float, int, int]:
    return float(row.lo), float(row.hi), token_word(row.code), known(row.system)


def _add(entry: Entry, key_: int, instance: int, row: Row) -> None:
    """One row of a composite."""
    match row:
        case Token():
            entry.tokens.append((key_, instance, token_word(row.code), known(row.system)))
        case Reference():
            entry.tokens.append((key_, instance, reference_word(row), 0))
        case Text():
            entry.words.append((key_, instance, *_words(row.text, row.normalised)))
        case Uri():
            entry.words.append((key_, instance, *_words(row.uri, row.uri)))
        case Date():
            entry.spans.append((key_, instance, *_of_date(row)))
        case Number():
            entry.amounts.append((key_, instance, *_of_number(row)))


def _words(text: str, normalised: str) -> tuple[str, int]:
    return normalised[:LONGEST_WORD].replace("\0", ""), word(text)


def _instances(composites: Sequence[Composite]) -> Iterable[tuple[str, Sequence[Iterable[Row]]]]:
    """Groups of rows that may all stand together: two codes with three values are five rows of one instance, not six
    pairs. Exact: first rows are put together only where the same rows go with each."""
    partners: dict[tuple[str, Row], dict[tuple[Row, ...], None]] = {}
    for name, rows in composites[:MOST_INSTANCES]:
        partners.setdefault((name, rows[0]), {})[rows[1:]] = None
    groups: dict[tuple[str, tuple[tuple[Row, ...], ...]], list[Row]] = {}
    for (name, first), rests in partners.items():
        groups.setdefault((name, tuple(rests)), []).append(first)
    for (name, rests_), firsts in groups.items():
        if all(len(rest) == 1 for rest in rests_):
            yield name, (firsts, [rest[0] for rest in rests_])
        else:
            for first in firsts:
                for rest in rests_:
                    yield name, ((first,), *((each,) for each in rest))

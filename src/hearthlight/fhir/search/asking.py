"""How a search is read: how much may be asked, how it is refused, and how text is taken apart (R4 §3.1.1.4.2, escapes)."""

import re
from decimal import Context
from typing import NoReturn

from ..types import Issue, Malformed, Severity

MOST_PAIRS = 100
"""Parameters in one search."""
MOST_VALUES = 500
"""Values of one parameter: a client that has a page of ids asks for them at once."""
LONGEST = 16_000  # characters of one value
DEEPEST = 4
"""Links of a chain or `_has`. R4's own examples have two."""
MOST_CLAUSES = 300
"""Of the whole query, with a clause for each type that a chain may pass through."""
MOST_TRIES = 5_000
"""Types looked at on the way: a reference to anything has 146, and a chain of them 146 times as many."""
LONGEST_NUMBER = 40  # characters
EXACT = Context(prec=400)
"""Enough for any two numbers that short, whatever their exponents."""

_ESCAPED = re.compile(r"\\([,|$\\])")


def refuse(parameter: str, why: str, code: str = "invalid") -> NoReturn:
    named = parameter[:80] if parameter.isprintable() else "A parameter"
    raise Malformed([Issue(Severity.ERROR, code, f"{named}: {why}")])


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that no backslash stands before; backslashes stay, for `unescaped`."""
    if "\\" not in text:
        return text.split(separator)
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == separator:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text

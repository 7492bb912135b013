"""Text that people type, made safe to keep. Showing it safely is the template's business (autoescape)."""

import unicodedata

from hearthlight.core.types import Refusal

# Unicode's explicit direction controls (UAX #9, 2.1 to 2.5): they can make "Room 7" read as something else, and no
# name needs them: right-to-left scripts order themselves. The plain marks U+200E and U+200F stay allowed.
DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_BREAKS = frozenset("\u2028\u2029")
LONGEST_LINE = 80  # characters, as the name columns
LONGEST_NOTE = 4000  # characters: a page of A4


def clean_line(text: str, *, what: str, longest: int = LONGEST_LINE, may_be_empty: bool = False) -> str:
    """One line as it will be kept: trimmed, spaces joined, in NFC. Refuses what nobody types on purpose."""
    line = " ".join(part for part in _composed(text, what, longest).split(" ") if part)
    if any(unicodedata.category(c) == "Cc" for c in line):
        raise Refusal(f"{what} must be one line of plain text")
    return _checked(line, what, longest, may_be_empty)


def clean_note(text: str, *, what: str, longest: int = LONGEST_NOTE, may_be_empty: bool = False) -> str:
    """Several lines as they will be kept: line ends are `\\n`; other control characters are refused."""
    note = _composed(text, what, longest).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in note):
        raise Refusal(f"{what} must be plain text")
    return _checked(note, what, longest, may_be_empty)


def _composed(text: str, what: str, longest: int) -> str:
    if len(text) > 4 * longest:  # before NFC, which is slow on long nonsense
        raise Refusal(f"{what} must be {longest} characters or fewer")
    return unicodedata.normalize("NFC", text)


def _checked(text: str, what: str, longest: int, may_be_empty: bool) -> str:
    if len(text) > longest:
        raise Refusal(f"{what} must be {longest} characters or fewer")
    if any(c in DIRECTION_CONTROLS or c in LINE_BREAKS or unicodedata.category(c) == "Cs" for c in text):
        raise Refusal(f"{what} has hidden characters in it: type it again instead of pasting")
    if not text and may_be_empty:
        return text
    if not any(unicodedata.category(c)[0] not in "CZ" for c in text):
        is_initials = what[1:2].isupper()
        raise Refusal(f"Enter {what if is_initials else what[0].lower() + what[1:]}")
    return text

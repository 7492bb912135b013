import pytest

from hearthlight.core.text import clean_line, clean_note
from hearthlight.core.types import Refusal


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\u200b", "Ada\x00", "Ada\x1b[2J", "Ada\nOkafor", "\u202eadA", "\u2066Ada", "a" * 81, "a" * 10_000,
     "\ud800", "Ada\u2028Okafor", "\x7f"],
)
def test_it_refuses_a_name_nobody_types_on_purpose(text):
    with pytest.raises(Refusal):
        clean_line(text, what="Name")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  Ada   Okafor ", "Ada Okafor"), ("Zoë", "Zoë"), ("Zoe\u0308", "Zoë"), ("<script>alert(1)</script>",) * 2,
     ("O'Brien-Ñandú",) * 2, ("Nan 👵🏾",) * 2, ("עדה",) * 2, ("a" * 80,) * 2],
)
def test_it_keeps_a_name_as_people_write_it(text, kept):
    assert clean_line(text, what="Name") == kept


def test_it_keeps_the_lines_of_a_note():
    assert clean_note(" first\r\nsecond\rthird ", what="About") == "first\nsecond\nthird"


@pytest.mark.parametrize("text", ["a\x00b", "a" * 4001, "\u202enote", "", "\n\n"])
def test_it_refuses_a_note_nobody_types_on_purpose(text):
    with pytest.raises(Refusal):
        clean_note(text, what="About")


def test_it_may_be_told_that_nothing_is_fine():
    assert clean_line("", what="Phone", may_be_empty=True) == ""


def test_it_says_what_to_enter():
    with pytest.raises(Refusal, match="Enter given name"):
        clean_line("", what="Given name")

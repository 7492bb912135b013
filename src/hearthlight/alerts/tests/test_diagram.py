from pathlib import Path

from hearthlight.alerts import diagram, rules
from hearthlight.alerts.types import State

PAGE = Path(__file__).resolve().parents[4] / "docs" / "states.md"


def test_it_is_the_page_in_the_docs():
    assert PAGE.read_text() == diagram.page()


def test_it_draws_every_move_and_names_every_state():
    page = diagram.page()

    for before in State:
        assert f"| {before.value} |" in page
        for after in rules.MOVES[before]:
            assert f"{before.value} --> {after.value}: " in page

"""Every detector is found by looking, has its page of honest errors, and a docstring that a nurse can follow."""

import ast

import pytest
import tree

from hearthlight.detect import discover

PAGES = tree.ROOT / "docs/detectors"
FALLS = "falls"  # watches movement rather than rooms, and is found by its own door


def _names():
    return sorted({*discover.room_detectors(), FALLS})


@pytest.mark.parametrize("name", _names())
def test_it_publishes_the_honest_errors_of_every_detector(name):
    page = (PAGES / f"{name}.md").read_text()

    assert len(page.splitlines()) > 10
    assert "miss" in page.lower()


@pytest.mark.parametrize("name", _names())
def test_it_says_what_it_notices_and_ignores(name):
    told = (ast.get_docstring(tree.parsed(tree.PACKAGE / f"detect/{name}.py")) or "").lower()

    assert "notice" in told
    assert "ignore" in told

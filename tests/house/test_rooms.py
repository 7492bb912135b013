"""One room, one folder, the same few files: anything else a room holds is named in its README."""

import ast
import re
from fnmatch import fnmatch

import pytest
import tree

KNOWN = {
    "README.md", "__init__.py", "apps.py", "models.py", "types.py", "rules.py", "actions.py", "queries.py",
    "permissions.py", "presenters.py", "fhir.py", "projection.py", "views.py", "views", "presenters", "urls.py", "forms.py", "worker.py", "templates",
    "migrations", "tests", "static",
}
LONGEST_README = 40  # lines
TESTED = ("rules", "actions", "queries", "permissions", "worker", "presenters")
WORDS_OF_A_SENTENCE = 2  # test_it_sleeps says what; test_alert does not
NO_NAMES = re.compile(r"^(utils?|helpers?|managers?|common|misc|new|nextgen|.*2)(\.py)?$")


def _holds(room):
    return sorted(
        path.name for path in (tree.PACKAGE / room).iterdir() if path.name not in ("__pycache__", ".DS_Store")
    )


def _imported_by_tests(room):
    names = set()
    for path in (tree.PACKAGE / room / "tests").rglob("test_*.py"):
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.ImportFrom):
                names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("room", tree.rooms())
def test_it_tells_why_the_room_exists(room):
    readme = tree.PACKAGE / room / "README.md"

    assert readme.exists()
    lines = readme.read_text().splitlines()
    assert lines[0].startswith(f"# {room}: ")
    assert 5 < len(lines) <= LONGEST_README


@pytest.mark.parametrize("room", tree.rooms())
def test_it_names_in_its_readme_what_other_rooms_do_not_have(room):
    readme = tree.PACKAGE / room / "README.md"
    told = readme.read_text() if readme.exists() else ""
    named = [word for words in re.findall(r"`([^`]*)`", told) for word in re.split(r"[\s,/]+", words)]
    more = [name for name in _holds(room) if name not in KNOWN]

    assert [name for name in more if not any(fnmatch(name, word) or name == f"{word}.py" for word in named)] == []


@pytest.mark.parametrize("room", tree.rooms())
def test_it_tests_what_it_decides_writes_and_offers(room):
    """Each of these files is imported by a test of the room itself; a room without them has tests all the same."""
    imported = _imported_by_tests(room)
    untested = [
        part for part in TESTED
        if (tree.PACKAGE / room / f"{part}.py").exists() and f"hearthlight.{room}.{part}" not in imported
    ]

    assert list((tree.PACKAGE / room / "tests").rglob("test_*.py"))
    assert untested == []


def test_it_names_nothing_utils():
    named = [tree.shown(path) for path in tree.python_files(tests=True) if NO_NAMES.match(path.name)]

    assert named == []


def test_it_says_in_every_test_name_what_is_so():
    wrong = [
        f"{tree.shown(path)}: {function.name}"
        for path in tree.python_files(tests=True)
        if path.name.startswith("test_")
        for function in tree.functions(tree.parsed(path))
        if function.name.startswith("test_") and function.name.count("_") < WORDS_OF_A_SENTENCE
    ]

    assert wrong == []

"""The pages tell the truth: links lead somewhere, decisions are numbered, and the tests they name exist."""

import json
import re
from pathlib import Path

import pytest
import tree

DOCS = tree.ROOT / "docs"
PAGES = [path for path in tree.kept_files() if path.suffix == ".md"]
PICTURES = [path for path in tree.kept_files() if DOCS in path.parents and path.suffix in (".png", ".svg", ".jpg", ".webp")]
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
ONE_PAGE = 70  # lines
WORDS = [
    "person", "place", "circle", "device", "signal", "event", "alert", "response", "home", "unit", "consent", "plan", "sighting",
]


def _links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    return [target for _, target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=tree.shown)
def test_it_links_to_what_is_there(page):
    broken = []
    for target in _links(page):
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in _anchors(there)):
            broken.append(target)

    assert broken == []


def test_it_uses_every_picture():
    used = {(page.parent / target.partition("#")[0]).resolve() for page in PAGES for target in _links(page)}

    assert [tree.shown(picture) for picture in PICTURES if picture not in used] == []


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=tree.shown)
def test_it_numbers_a_decision_as_it_titles_it(page):
    number = re.match(r"(\d{4})-[a-z0-9-]+$", page.stem)
    title = re.match(r"# (\d+)\.? \S", page.read_text())

    assert number and title and int(number[1]) == int(title[1])
    assert len(page.read_text().splitlines()) <= ONE_PAGE
    for part in ("Context", "Decision", "Consequences"):
        assert re.search(rf"^(## {part}$|\*\*{part}\.\*\*)", page.read_text(), re.M)


def test_it_numbers_decisions_without_gaps():
    numbers = sorted(int(page.stem[:4]) for page in (DOCS / "decisions").glob("*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


def _tests_named(page: Path) -> list[tuple[str, str]]:
    return re.findall(r"`((?:src|tests)/[\w/]+\.py)::(\w+)`", page.read_text())


@pytest.mark.parametrize(("file", "test"), _tests_named(DOCS / "safety.md"))
def test_it_names_a_guard_that_exists(file, test):
    path = tree.ROOT / file

    assert path.exists()
    assert test in {function.name for function in tree.functions(tree.parsed(path))}


def test_it_guards_every_hazard():
    """Each hazard of the log names at least one test, or says plainly that nothing guards it yet."""
    rows = [line for line in (DOCS / "safety.md").read_text().splitlines() if re.match(r"\| H\d+ ", line)]

    assert len(rows) >= 20
    assert [row.split("|")[1].strip() for row in rows if "::test_" not in row and "Nothing yet" not in row] == []


def test_it_numbers_hazards_once():
    numbers = re.findall(r"^\| (H\d+) ", (DOCS / "safety.md").read_text(), re.M)

    assert numbers == [f"H{number}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("word", WORDS)
def test_it_explains_every_word_it_uses(word):
    assert re.search(rf"^\| \*\*{word}\*\* \|", (DOCS / "words.md").read_text(), re.M)


def test_it_credits_what_others_made():
    credited = (tree.ROOT / "CREDITS.md").read_text()

    manifests = [json.loads(path.read_text()) for path in tree.kept_files() if path.name == "MANIFEST.json"]
    carried = {item["package"] for manifest in manifests for item in manifest}

    assert carried
    for name in {"UMAFall", *carried}:
        assert name in credited


def test_it_carries_the_whole_licence():
    licence = (tree.ROOT / "LICENSE").read_text()

    assert "Apache License" in licence and "END OF TERMS AND CONDITIONS" in licence
    assert tree.project()["project"]["license"] == "Apache-2.0"

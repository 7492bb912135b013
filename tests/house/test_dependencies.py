"""Every dependency says what it is for, and is pinned by hash."""

import re

import pytest
import tree

LOCKS = {"run": (), "test": ("test",), "train": ("train",)}


def _listed():
    """The lines of pyproject.toml that name a dependency, as (name, comment)."""
    text = (tree.ROOT / "pyproject.toml").read_text()
    found = []
    for block in re.findall(r"^(?:dependencies|test|train) = \[\n(.*?)^\]", text, re.S | re.M):
        for line in block.splitlines():
            match = re.match(r'\s+"([A-Za-z0-9_.-]+)[^"]*",\s*(#.*)?$', line)
            assert match, f"one dependency a line, please: {line}"
            found.append((match[1].lower().replace("_", "-"), (match[2] or "").strip("# ")))
    return found


def _locked(kind):
    text = (tree.ROOT / f"requirements/{kind}.lock").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==\S+.*\\\n\s+--hash=(sha256:[0-9a-f]{64})", text, re.M))


@pytest.mark.parametrize(("name", "comment"), _listed(), ids=lambda value: value.split(" ")[0])
def test_it_says_what_a_dependency_is_for(name, comment):
    assert len(comment) > 5


@pytest.mark.parametrize("kind", LOCKS)
def test_it_pins_every_package_of_a_lock_by_hash(kind):
    text = (tree.ROOT / f"requirements/{kind}.lock").read_text()

    hashed = re.findall(r"^[A-Za-z0-9_.-]+==\S+.*\\\n\s+--hash=sha256:[0-9a-f]{64}", text, re.M)
    assert len(hashed) == len(re.findall(r"^[A-Za-z0-9]", text, re.M))


@pytest.mark.parametrize(("kind", "extras"), LOCKS.items())
def test_it_locks_everything_the_project_asks_for(kind, extras):
    project = tree.project()["project"]
    asked = [*project["dependencies"], *(item for extra in extras for item in project["optional-dependencies"][extra])]
    names = {re.match(r"[A-Za-z0-9_.-]+", item)[0].lower().replace("_", "-") for item in asked}

    assert names - {name.lower().replace("_", "-") for name in _locked(kind)} == set()


def test_it_runs_with_the_same_versions_it_was_tested_with():
    for kind in ("test", "train"):
        locked = _locked(kind)
        assert {name: digest for name, digest in _locked("run").items() if locked.get(name) != digest} == {}

"""Imports point down, stand at the top, and take from a room only what it offers."""

import ast

import pytest
import tree

OFFERED = {"actions", "queries", "types", "permissions"}
OPEN_ROOMS = {
    "core": "the ground: its clock, bus, audit and changes are made to be used by everybody",
    "detect": "a library without tables: all of it is offered",
    "fhir": "the same",
}
WIRING = {"runtime": "the composition root: it puts gates, doors, workers and channels together"}
# One room that takes more from another than that offers: (importer, module), and why.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("sensors", "people.rules"): "the gate asks for every message whether a consent covers it: pure, in memory, 2026-11-22",
}


def _hidden(code: ast.Module) -> list[int]:
    return [
        node.lineno
        for function in tree.functions(code)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _ours(code: ast.Module) -> set[str]:
    """The modules of ours that a file imports, as `room.module`."""
    found = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_room = node.module.count(".") == 1
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if is_room else {node.module}
    return {".".join(name.split(".")[1:3]) for name in found if name.startswith("hearthlight.")}


def test_it_hides_no_import_in_a_function():
    hidden = {
        tree.shown(path): lines for path in tree.python_files(tests=False) if (lines := _hidden(tree.parsed(path)))
    }

    assert hidden == {}


def test_it_sees_an_import_hidden_in_a_function():
    assert _hidden(ast.parse("def f():\n    if x:\n        from a import b\n")) == [3]
    assert _hidden(ast.parse("from a import b\n")) == []


def test_it_takes_from_another_room_only_what_that_offers():
    taken = []
    for path in tree.python_files(tests=False):
        room = path.relative_to(tree.PACKAGE).parts[0]
        for module in sorted(_ours(tree.parsed(path))):
            other, _, part = module.partition(".")
            if other in (room, *OPEN_ROOMS) or room in WIRING or part in OFFERED or (room, module) in EXCEPTIONS:
                continue
            taken.append(f"{tree.shown(path)} takes {module}")

    assert taken == []


def test_it_needs_every_exception():
    used = {
        (path.relative_to(tree.PACKAGE).parts[0], module)
        for path in tree.python_files(tests=False)
        for module in _ours(tree.parsed(path))
    }

    assert EXCEPTIONS.keys() - used == set()


def test_it_stacks_every_room_on_a_floor():
    folders = {path.parent.name for path in tree.PACKAGE.glob("*/__init__.py")}

    assert folders == set(tree.rooms())
    assert next(contract for contract in tree.contracts() if contract["type"] == "layers")["exhaustive"] is True


@pytest.mark.parametrize("room", [room for room in tree.rooms() if (tree.PACKAGE / room / "models.py").exists()])
def test_it_protects_the_tables_of_every_room(room):
    contract = next(c for c in tree.contracts() if c.get("protected_modules") == [f"hearthlight.{room}.models"])

    assert contract["type"] == "protected"
    assert contract["allowed_importers"] == [f"hearthlight.{room}"]
    assert contract["ignore_imports"] == [f"hearthlight.**.tests.** -> hearthlight.{room}.models"]

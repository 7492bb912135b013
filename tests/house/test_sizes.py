"""Nothing is longer than can be held in one head."""

import pytest
import tree

LONGEST_FUNCTION = 60  # lines; the house style's ceiling, aim for 15
LONGEST_FILE = 400  # lines; aim for 100
LONGEST_TEST_FILE = 600  # lines: cases stand side by side and are read one at a time

# What may be longer, how long, why, and since when. Nothing stays here for ever.
EXCEPTIONS: dict[str, tuple[int, str]] = {}


def _allowed(name: str, limit: int) -> int:
    return EXCEPTIONS.get(name, (limit, ""))[0]


@pytest.mark.parametrize("path", tree.python_files(tests=True), ids=tree.shown)
def test_it_keeps_every_file_short(path):
    lines = path.read_text().count("\n")

    assert lines <= _allowed(tree.shown(path), LONGEST_TEST_FILE if path.name.startswith("test_") else LONGEST_FILE)


def test_it_keeps_every_function_short():
    long = [
        f"{name}: {length} lines"
        for path in tree.python_files(tests=True)
        for function in tree.functions(tree.parsed(path))
        if (length := (function.end_lineno or 0) - function.lineno + 1)
        > _allowed(name := f"{tree.shown(path)}:{function.name}", LONGEST_FUNCTION)
    ]

    assert long == []


def test_it_gives_every_exception_a_reason_a_date_and_a_use():
    names = {tree.shown(path) for path in tree.python_files(tests=True)}

    for name, (_, reason) in EXCEPTIONS.items():
        assert name.split(":")[0] in names, f"{name} is gone: so may its exception"
        assert "202" in reason and len(reason) > 20, f"{name} needs a reason and a date"

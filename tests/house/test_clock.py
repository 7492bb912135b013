"""Only core.clock reads the clock; everything else is told the time."""

import ast

import pytest
import tree

READERS = {
    f"{module}.{name}"
    for module, names in {
        "datetime": ("now", "utcnow", "today"), "datetime.datetime": ("now", "utcnow", "today"), "date": ("today",),
        "datetime.date": ("today",), "timezone": ("now",), "django.utils.timezone": ("now",),
        "time": ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime"),
    }.items()
    for name in names
}
READER_IMPORTS = {("time", name.split(".")[1]) for name in READERS if name.startswith("time.")} | {
    ("django.utils.timezone", "now"), ("django.db.models.functions", "Now"),
}
NOW_WHEN_EMPTY = {"timezone.localtime", "timezone.localdate"}  # with a moment they convert; without one they read the clock
# Who else may, and why: measuring a span is not telling the time, but even that goes through clock.monotonic.
MAY_READ = {"src/hearthlight/core/clock.py": "the one place"}
STOPWATCH = "src/hearthlight/runtime/bench/"  # measures other processes from outside; says nothing about when


def readings(code: ast.Module) -> list[str]:
    """Where `code` reads the clock by itself: `line: what`."""
    found = []
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute) and tree.dotted(node) in READERS:
            found.append(f"{node.lineno}: {tree.dotted(node)}")
        elif isinstance(node, ast.Call) and tree.dotted(node.func) in NOW_WHEN_EMPTY and not node.args + node.keywords:
            found.append(f"{node.lineno}: {tree.dotted(node.func)}()")
        elif isinstance(node, ast.ImportFrom):
            found += [
                f"{node.lineno}: {alias.name}" for alias in node.names if (node.module or "", alias.name) in READER_IMPORTS
            ]
        elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            found.append(f"{node.value.lineno}: {node.arg}")
    return found


@pytest.mark.parametrize(
    "line",
    ["datetime.now(UTC)", "dt = datetime.datetime.now()", "date.today()", "timezone.now()", "t = time.time()",
     "from time import monotonic", "from django.utils.timezone import now", "field(default=timezone.now)",
     "models.DateTimeField(auto_now_add=True)", "time.perf_counter()", "timezone.localtime()"],
)
def test_it_sees_the_clock_being_read(line):
    assert readings(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["clock.now()", "at = request.at", "datetime.fromtimestamp(s, UTC)", "time.sleep(1)", "timezone.localtime(at)", "clock.monotonic()"]
)
def test_it_lets_the_time_be_handed_on(line):
    assert readings(ast.parse(line)) == []


def test_it_reads_the_clock_in_one_place_only():
    read = {
        tree.shown(path): found
        for path in tree.python_files(tests=False)
        if not (tree.shown(path) in MAY_READ or tree.shown(path).startswith(STOPWATCH))
        and (found := readings(tree.parsed(path)))
    }

    assert read == {}

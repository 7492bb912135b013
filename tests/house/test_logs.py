"""Logs carry ids, never names or values: a log is read by people who may not see the record."""

import ast

import pytest
import tree

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
LOGGERS = {"log", "logger", "logging", "_log", "LOG"}
TELLING = {
    "name", "label", "phone", "email", "address", "note", "payload", "password", "secret", "value", "detail", "evidence",
    "sighting", "words", "headline", "about", "body", "found", "why", "photo", "spot", "endpoint", "keys", "topic",
}

CODES = {"family.name", "reason.value", "kind.value", "state.value", "channel.name"}  # ours, and never a person's
# A plain `name` that is a code as well: file, word, whose.
EXCEPTIONS = {("src/hearthlight/events/watcher.py", "name"): "the detector's, from its file"}


def _is_log_call(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and tree.dotted(node.func.value).split(".")[-1] in LOGGERS
    )


def _tells(node):
    """The word in an argument that may be a name or a value, or an empty string."""
    if isinstance(node, ast.JoinedStr):
        return "an f-string"
    if isinstance(node, ast.BinOp) and not _is_sum(node):
        return "a built string"
    last = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    is_telling = tree.dotted(node) not in CODES and last in TELLING or (last.endswith(("_name", "_note", "_address")) and not last.startswith("__"))
    return last if is_telling else ""


def _is_sum(node):
    return isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)


def _caught(code):
    """Names that hold an exception: its words may quote a row."""
    return {node.name for node in ast.walk(code) if isinstance(node, ast.ExceptHandler) and node.name}


def tellings(code: ast.Module) -> list[str]:
    caught = _caught(code)
    found = []
    for call in filter(_is_log_call, ast.walk(code)):
        words, *rest = call.args or [ast.Constant("")]
        if call.func.attr == "log":
            words, *rest = rest
        if not (isinstance(words, ast.Constant) and isinstance(words.value, str)):
            found.append(f"{call.lineno}: the message must be a plain string")
        found += [f"{call.lineno}: {told}" for argument in rest if (told := _tells(argument))]
        found += [f"{call.lineno}: {a.id} quotes" for a in rest if isinstance(a, ast.Name) and a.id in caught]
    return found


@pytest.mark.parametrize(
    "line",
    ['log.info(f"fall of {person}")', 'log.info("fall of %s", person.preferred_name)', 'log.warning("%s", alert.headline)',
     'log.info("fall of " + name)', 'log.info("%s" % name)', 'log.log(30, "%s", staff.email)', "log.info(text)",
     'self.log.error("%s", f"{x}")', 'try:\n    f()\nexcept ValueError as e:\n    log.error("bad: %s", e)'],
)
def test_it_sees_a_name_or_value_in_a_log(line):
    assert tellings(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    ['log.info("alert %s raised", alert.id)', 'log.warning("device %s refused: %s", device_id, reason)',
     'log.error("storage failed (%s)", type(error).__name__)', 'log.exception("sending failed")', "math.log(value)"],
)
def test_it_lets_ids_and_codes_through(line):
    assert tellings(ast.parse(line)) == []


def test_it_logs_ids_only():
    told = {
        tree.shown(path): found
        for path in tree.python_files(tests=False)
        if (found := [
            told for told in tellings(tree.parsed(path)) if (tree.shown(path), told.split(": ")[1]) not in EXCEPTIONS
        ])
    }

    assert told == {}

"""Where a value lives in a resource, and how to put it there and find it again.

A path is FHIR element names with dots between. `name[]` is the first of a list, `name[2]` the third, `name[key=value]`
the one of a list whose `key` is `value` (made if it is not there). Two words stand for more:

- `ext:NAME` is the extension of ours of that name: `ext:detail.valueString`;
- `#ID:Type` is the contained resource of that id and type: `#performer:Practitioner.name[].text`.
"""

import re
from typing import Any

from hearthlight.record.types import Resource

OURS = "urn:hearthlight:"
"""Before the name of each extension of ours."""
WORD = re.compile(r"[^.\[]+(?:\[[^\]]*\])?")  # dots inside brackets belong to an address
STEP = re.compile(r"^(?P<name>[A-Za-z]+)(?:\[(?P<pick>[^\]]*)\])?$")


def put(resource: Resource, path: str, value: Any) -> None:
    """Write `value` at `path`; None takes away what is there, and what was only there to hold it."""
    *way, last = _steps(path)
    if value is None:
        _take_away(resource, [*way, last])
        return
    here: Any = resource
    for name, pick in way:
        here = _made(here, name, pick)
    name, pick = last
    if pick is None:
        here[name] = value
    else:
        rows = here.setdefault(name, [])
        index = int(pick or 0)
        rows[index : index + 1] = [value]


def get(resource: Resource, path: str) -> Any:
    """What is at `path`, or None."""
    here: Any = resource
    for name, pick in _steps(path):
        if not isinstance(here, dict):
            return None
        here = here.get(name)
        if pick is not None:
            here = _picked(here, pick)
    return here


def _steps(path: str) -> list[tuple[str, str | None]]:
    steps: list[tuple[str, str | None]] = []
    for word in WORD.findall(path):
        if word.startswith("ext:"):
            steps.append(("extension", f"url={OURS}{word[4:]}"))
        elif word.startswith("#"):
            number, _, kind = word[1:].partition(":")
            steps.append(("contained", f"id={number}&resourceType={kind}"))
        else:
            found = STEP.match(word)
            if found is None:
                raise ValueError(f"not a path: {path}")
            steps.append((found["name"], found["pick"]))
    return steps


def _made(here: dict[str, Any], name: str, pick: str | None) -> dict[str, Any]:
    """The element `name` of `here`, made if it is not there."""
    if pick is None:
        return here.setdefault(name, {})  # type: ignore[no-any-return]
    rows = here.setdefault(name, [])
    found = _picked(rows, pick)
    if found is None:
        found = dict(part.split("=", 1) for part in pick.split("&")) if "=" in pick else {}
        if name == "contained":  # resourceType first, as everyone writes it
            found = {"resourceType": found["resourceType"], "id": found["id"]}
        rows.append(found)
    return found  # type: ignore[no-any-return]


def _picked(rows: Any, pick: str) -> Any:
    if not isinstance(rows, list):
        return None
    if "=" in pick:
        wanted = dict(part.split("=", 1) for part in pick.split("&"))
        return next((row for row in rows if isinstance(row, dict) and all(row.get(k) == v for k, v in wanted.items())), None)
    index = int(pick or 0)
    return rows[index] if index < len(rows) else None


def _take_away(here: Any, steps: list[tuple[str, str | None]]) -> None:
    (name, pick), *rest = steps
    if not isinstance(here, dict) or name not in here:
        return
    found = here[name] if pick is None else _picked(here[name], pick)
    if found is None:
        return
    if rest:
        _take_away(found, rest)
        if not _is_bare(found, pick):
            return
    if pick is None:
        del here[name]
        return
    here[name].remove(found)
    if not here[name]:
        del here[name]


def _is_bare(found: Any, pick: str | None) -> bool:
    """Nothing is left but what picked it out."""
    keys = {part.split("=", 1)[0] for part in pick.split("&")} if pick and "=" in pick else set()
    return isinstance(found, dict) and not (set(found) - keys)

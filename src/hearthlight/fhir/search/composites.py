"""Values that must stand together: `code-value-quantity` is a code and a quantity of the same element (R4 §3.1.1.4.13)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ..types import Resource
from .readers import LISTS, READERS, Step, member, onward, option
from .types import Composite, Token

Parts = Sequence[tuple[str, Sequence[Any]]]
"""Of each part: the kind of parameter, and the paths to its values from where the composite stands."""
_new: Any = tuple.__new__
Cores = list[tuple[type, tuple[Any, ...]]]


@dataclass(frozen=True)
class Joined:
    """Composites with the same parts in the same place. `trigger` is a member without which there are none."""

    trigger: str
    found: Callable[[Resource], list[Composite]]


def all_of(parameters: Mapping[str, Mapping[str, Any]]) -> list[Joined]:
    """The composites among a type's parameters, those that read the same things together."""
    users: dict[str, tuple[Sequence[Step], Parts, list[str]]] = {}
    for code, row in parameters.items():
        for steps, parts in _places(row) if row["type"] == "composite" else ():
            users.setdefault(repr((steps, parts)), (steps, parts, []))[2].append(code)
    return [_joined(steps, parts, tuple(codes)) for steps, parts, codes in users.values()]


def _places(row: Mapping[str, Any]) -> Iterator[tuple[Sequence[Step], Parts]]:
    """Where the composite may stand, once for each path to its latter part, so that the path's member is the trigger."""
    for number, path in enumerate(row["paths"]):
        parts = [(part["type"], part["paths"][number]) for part in row["components"]]
        for latter in parts[-1][1]:
            yield path[0], [*parts[:-1], (parts[-1][0], [latter])]


def _joined(steps: Sequence[Step], parts: Parts, codes: tuple[str, ...]) -> Joined:
    columns = [[_reader(kind, path) for path in paths] for kind, paths in parts]

    def found(resource: Resource) -> list[Composite]:
        if not steps:
            return _combined(codes, columns, resource, resource)
        places: list[Any] = [resource]
        for step in steps:
            places = onward(places, step)
        return list(dict.fromkeys(each for place in places for each in _combined(codes, columns, place, resource)))

    return Joined(trigger=member(steps[0] if steps else parts[-1][1][0][0][0]), found=found)


def _combined(codes: tuple[str, ...], columns: Sequence[Sequence[Any]], place: Any, resource: Resource) -> list[Composite]:
    several: list[Cores] = []
    for readers in columns:
        column = readers[0](place, resource) if len(readers) == 1 else [each for read in readers for each in read(place, resource)]
        if not column:
            return []
        # Only codings come twice: a quantity's code and unit differ, and to hash decimals is slow.
        several.append(list(dict.fromkeys(column)) if len(column) > 1 and column[0][0] is Token else column)
    # Named tuples made as plain ones: half the time.
    return [
        _new(Composite, (code, together))
        for code in codes
        for together in product(*[[_new(row, (code, *core)) for row, core in column] for column in several])
    ]


def _reader(kind: str, path: Any) -> Callable[[Any, Resource], Cores]:
    steps, value_type = path[0], path[1]
    read, row, told = READERS[kind, value_type], LISTS[kind][1], option(path)
    is_from_top = steps[0] == "%resource"
    only = steps[0] if len(steps) == 1 and isinstance(steps[0], str) else None

    def cores_here(place: Any, _: Resource) -> Cores:
        value = place.get(only)
        several = value if isinstance(value, list) else (value,)
        return [(row, core) for each in several if each is not None for core in read(each, told)]

    def cores_at(place: Any, resource: Resource) -> Cores:
        values = [resource if is_from_top else place]
        for step in steps[1:] if is_from_top else steps:
            values = onward(values, step)
        return [(row, core) for value in values for core in read(value, told)]

    return cores_at if only is None else cores_here

"""R4's types, elements and value sets as tables, drawn by scripts/build-fhir and read when they are first asked for.

`shape("Observation")` is what an Observation may hold; a part of it has its path as name, `shape("Observation.component")`.
Elements stand in the order of the specification, which is the order of XML."""

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent
MANY = 0  # `most` of an element that may repeat without end


@dataclass(frozen=True, slots=True)
class ValueSet:
    """`systems` are the codes of each code system; empty where the set cannot be enumerated. `codes` are all of them."""

    name: str
    url: str
    systems: dict[str, frozenset[str]]
    codes: frozenset[str]

    @property
    def is_enumerated(self) -> bool:
        return bool(self.systems)


@dataclass(frozen=True, slots=True)
class Kind:
    """One type an element may have. `targets` are the types a Reference may point to (empty: any)."""

    name: str
    targets: frozenset[str] = frozenset()

    @property
    def is_primitive(self) -> bool:
        return self.name[0].islower()


@dataclass(frozen=True, slots=True)
class Element:
    """`name` is without [x]. `value_set` is the one its codes have to be of; `rules` hold for each of its items."""

    name: str
    least: int
    most: int
    kinds: tuple[Kind, ...]
    value_set: ValueSet | None = None
    rules: tuple[str, ...] = ()
    is_choice: bool = False

    @property
    def is_repeating(self) -> bool:
        return self.most != 1


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the JSON object: an element in one of its types (`valueQuantity`)."""

    name: str
    element: Element
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    is_resource: bool
    rules: tuple[str, ...]
    elements: tuple[Element, ...]
    members: dict[str, Member] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant: `steps` as `fhir.rules` compiles them."""

    key: str
    is_error: bool
    sentence: str
    steps: Any


def member_name(element: str, kind: str) -> str:
    """The JSON member of a choice element (R4 §2.6.1.3): value, Quantity → valueQuantity."""
    return element + kind[0].upper() + kind[1:]


@cache
def shape(name: str) -> Shape | None:
    """What a type, or a part of one, may hold. None for what R4 does not know."""
    told = _table()["types"].get(name)
    if told is None:
        return None
    elements = tuple(_element(row) for row in told["elements"])
    members = {}
    for element in elements:
        for kind in element.kinds:
            member = member_name(element.name, kind.name) if element.is_choice else element.name
            members[member] = Member(member, element, kind)
    return Shape(name, told["is"] == "resource", tuple(told["rules"]), elements, members)


@cache
def resource_types() -> frozenset[str]:
    """The types a resource may have, without the abstract ones."""
    return frozenset(name for name, told in _table()["types"].items() if told["is"] == "resource")


@cache
def type_names() -> tuple[str, ...]:
    """Every type and every part of one."""
    return tuple(_table()["types"])


@cache
def rule(key: str) -> Rule:
    severity, sentence, steps = _table()["rules"][key]
    return Rule(key.partition("@")[0], severity == "error", sentence, steps)


@cache
def value_set(name: str) -> ValueSet:
    told = _table()["codes"][name]
    systems = {system: frozenset(codes) for system, codes in told.get("systems", {}).items()}
    return ValueSet(name, told["url"], systems, frozenset().union(*systems.values()))


def read(name: str) -> Any:
    """One of the tables beside this file."""
    return orjson.loads(gzip.decompress((FOLDER / name).read_bytes()))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read("r4.json.gz")
    return table


def _element(row: list[Any]) -> Element:
    name, least, most, types, bound, rules = row + ["", []][len(row) - 4 :] if len(row) < 6 else row
    return Element(
        name=name.removesuffix("[x]"),
        least=least,
        most=most,
        kinds=tuple(_kind(told) for told in types.split("|")),
        value_set=value_set(bound) if bound else None,
        rules=tuple(rules),
        is_choice=name.endswith("[x]"),
    )


@cache
def _kind(told: str) -> Kind:
    name, _, targets = told.removesuffix(")").removeprefix("@").partition("(")
    return Kind(name, frozenset(targets.split(",")) if targets else frozenset())

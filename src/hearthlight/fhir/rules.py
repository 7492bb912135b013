"""FHIRPath invariants as Python closures, compiled once for the type they stand on.

A resource has dozens of invariants and most speak of two or three members: compiled against the type's shape, which
knows that `value` is any of valueQuantity, valueString …, one costs a microsecond or two, where an interpreter takes
fifty. The subset is what R4's and UK Core's invariants use; `compiled` raises `Unclear` for anything else. The general
interpreter (fhirpathpy) is the naive twin in the tests.

An item is a JSON value. `None` stands for a primitive that has extensions but no value: it exists, and equals nothing.
Source: FHIRPath N1; R4 §2.9 (fhirpath)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from . import compare
from .definitions import shape
from .text import sorted_text
from .types import Resource

Items = Sequence[Any]
NONE: Items = ()


@dataclass(slots=True)
class Around:
    """What `%resource` and `%rootResource` mean: the resource itself, and the one that contains it. `kept` is what was found
    from them, once: a resource with a thousand components must not look a thousand times."""

    resource: Resource
    root: Resource
    kept: dict[object, Any] = field(default_factory=dict)


Collect = Callable[[Any, Around], Items]
Truth = Callable[[Any, Around], bool | None]
Kinds = frozenset[str]
UNKNOWN: Kinds = frozenset()


class Unclear(Exception):
    """Steps that mean nothing here."""


def compiled(steps: Any, type_name: str) -> Truth:
    """Whether the invariant holds of an item of that type: None where it cannot tell (an empty result)."""
    return _Compiler(type_name).truth(steps, frozenset([type_name]))


class _Compiler:
    def __init__(self, type_name: str) -> None:
        self.root = type_name.partition(".")[0]

    def collect(self, steps: Any, kinds: Kinds) -> tuple[Collect, Kinds]:
        """Items, and the types they may have (none: not known)."""
        match steps:
            case ["this"]:
                return (lambda this, _: (this,)), kinds
            case ["lit", value]:
                return (lambda _this, _around: (value,)), UNKNOWN
            case ["var", name]:
                return self.variable(name)
            case ["get", of, name]:
                return self.member(of, name, kinds)
            case ["call", of, "where", condition]:
                return self.where(of, condition, kinds)
            case ["call", of, "select", projection]:
                return self.select(of, projection, kinds)
            case ["call", of, name, *arguments] if name in _FUNCTIONS:
                return self.function(of, name, arguments, kinds)
            case ["|", left, right]:
                first, second = self.collect(left, kinds)[0], self.collect(right, kinds)[0]
                return (lambda this, around: _distinct((*first(this, around), *second(this, around)))), UNKNOWN
            case ["&" | "+" as operator, left, right]:
                return self.joined(operator, left, right, kinds), UNKNOWN
            case ["as" | "ofType", of, name]:
                found, is_of = self.collect(of, kinds)[0], compare.type_test(name)
                return (lambda this, around: [item for item in found(this, around) if is_of(item)]), frozenset([name])
        if not _is_question(steps):
            raise Unclear(steps)
        held = self.truth(steps, kinds)
        return (lambda this, around: NONE if (told := held(this, around)) is None else (told,)), UNKNOWN

    def truth(self, steps: Any, kinds: Kinds) -> Truth:
        match steps:
            case ["or" | "and" | "xor" | "implies" as operator, left, right]:
                return _logic(operator, self.truth(left, kinds), self.truth(right, kinds))
            case ["=" | "!=" | "<" | "<=" | ">" | ">=" as operator, left, right]:
                compared = compare.OPERATORS[operator]
                first, second = self.collect(left, kinds)[0], self.collect(right, kinds)[0]
                return lambda this, around: compared(first(this, around), second(this, around))
            case ["in", one, many] | ["contains", many, one]:
                first, second = self.collect(one, kinds)[0], self.collect(many, kinds)[0]
                return lambda this, around: _is_in(first(this, around), second(this, around))
            case ["is", of, name]:
                found, is_of = self.collect(of, kinds)[0], compare.type_test(name)
                return lambda this, around: is_of(items[0]) if (items := found(this, around)) else None
            case ["call", ["get", None, name], "exists" | "empty" as asked] if names := self.presence(name, kinds):
                return _present(names, is_wanted=asked == "exists")
            case ["call", of, "all", condition]:
                found, inner = self.collect(of or ["this"], kinds)
                held = self.truth(condition, inner)
                return lambda this, around: all(held(item, around) is not False for item in found(this, around))
            case ["call", of, name, *arguments] if name in _QUESTIONS:
                return self.question(of, name, arguments, kinds)
        found = self.collect(steps, kinds)[0]
        return lambda this, around: _true(found(this, around))

    def variable(self, name: str) -> tuple[Collect, Kinds]:
        match name:
            case "resource":
                return (lambda _, around: (around.resource,)), frozenset([self.root])
            case "rootResource":
                return (lambda _, around: (around.root,)), UNKNOWN
            case "ucum":
                return (lambda _this, _around: ("http://unitsofmeasure.org",)), UNKNOWN
        raise Unclear(name)

    def member(self, of: Any, name: str, kinds: Kinds) -> tuple[Collect, Kinds]:
        if of is None and name == self.root and name in kinds:
            return self.collect(["this"], kinds)
        if of is None:
            names, inner = _names(name, kinds)
            return (lambda this, _: _got(this, names)), inner
        found, outer = self.collect(of, kinds)
        names, inner = _names(name, outer)

        def parts(this: Any, around: Around) -> Items:
            return [part for item in found(this, around) for part in _got(item, names)]

        return _once(parts) if _is_of_resource(of) else parts, inner

    def presence(self, name: str, kinds: Kinds) -> frozenset[str]:
        """The members one of which has to be there for `name` to exist; none where a type is not known."""
        if not kinds or name in kinds or any(shape(kind) is None for kind in kinds):
            return frozenset()
        return frozenset(each for pair in _names(name, kinds)[0] for each in pair if each)

    def where(self, of: Any, condition: Any, kinds: Kinds) -> tuple[Collect, Kinds]:
        found, inner = self.collect(of or ["this"], kinds)
        held = self.truth(condition, inner)
        return (lambda this, around: [item for item in found(this, around) if held(item, around)]), inner

    def select(self, of: Any, projection: Any, kinds: Kinds) -> tuple[Collect, Kinds]:
        found, inner = self.collect(of or ["this"], kinds)
        projected, last = self.collect(projection, inner)
        return (lambda this, around: [part for item in found(this, around) for part in projected(item, around)]), last

    def function(self, of: Any, name: str, arguments: list[Any], kinds: Kinds) -> tuple[Collect, Kinds]:
        run, (found, inner) = _FUNCTIONS[name], self.collect(of or ["this"], kinds)
        given = [self.collect(argument, kinds)[0] for argument in arguments]
        keeps_type = name in ("first", "tail", "trace", "intersect")
        if name == "intersect" and _is_of_resource(arguments[0]):
            there = _once(lambda this, around: frozenset(sorted_text(other) for other in given[0](this, around)))
            return (lambda this, around: _among(found(this, around), there(this, around))), inner
        return (
            lambda this, around: run(found(this, around), *(each(this, around) for each in given))
        ), inner if keeps_type else UNKNOWN

    def question(self, of: Any, name: str, arguments: list[Any], kinds: Kinds) -> Truth:
        ask, found = _QUESTIONS[name], self.collect(of or ["this"], kinds)[0]
        given = [self.collect(argument, kinds)[0] for argument in arguments]
        return lambda this, around: ask(found(this, around), *(each(this, around) for each in given))

    def joined(self, operator: str, left: Any, right: Any, kinds: Kinds) -> Collect:
        first, second = self.collect(left, kinds)[0], self.collect(right, kinds)[0]
        if operator == "&":
            return lambda this, around: (
                "".join(str(part) for part in (*first(this, around)[:1], *second(this, around)[:1])),
            )
        return lambda this, around: (first(this, around)[0] + second(this, around)[0],)


def _is_of_resource(steps: Any) -> bool:
    """Whether the same is found for every item of a resource."""
    return steps == ["var", "resource"] or (steps is not None and steps[0] == "get" and _is_of_resource(steps[1]))


def _once(found: Callable[[Any, Around], Any]) -> Callable[[Any, Around], Any]:
    key = object()

    def kept(this: Any, around: Around) -> Any:
        if key not in around.kept:
            around.kept[key] = found(this, around)
        return around.kept[key]

    return kept


def _is_question(steps: Any) -> bool:
    """Whether the answer is a boolean."""
    if steps[0] == "call":
        return steps[2] == "all" or steps[2] in _QUESTIONS
    return steps[0] in ("or", "and", "xor", "implies", "in", "contains", "is") or steps[0] in compare.OPERATORS


def _names(name: str, kinds: Kinds) -> tuple[tuple[tuple[str, str], ...], Kinds]:
    """The JSON members that an element's name stands for, each with its `_member` where it is a primitive."""
    names: dict[str, str] = {}
    inner: set[str] = set()
    for kind in kinds:
        known = shape(kind)
        if known is None:
            return ((name, f"_{name}"),), UNKNOWN
        for member in known.members.values():
            if member.element.name == name:
                names[member.name] = f"_{member.name}" if member.kind.is_primitive else ""
                inner.add(member.kind.name)
    if not names:
        return ((name, f"_{name}"),), UNKNOWN
    return tuple(names.items()), frozenset(inner) if "Resource" not in inner else UNKNOWN


def _got(item: Any, names: tuple[tuple[str, str], ...]) -> Items:
    if not isinstance(item, dict):
        return NONE
    found: list[Any] = []
    for name, sibling in names:
        value = item.get(name)
        if isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
        elif sibling and sibling in item:
            found.append(None)
    return found


def _present(names: frozenset[str], *, is_wanted: bool) -> Truth:
    absent = names.isdisjoint
    if is_wanted:
        return lambda this, _: not absent(this) if isinstance(this, dict) else False
    return lambda this, _: absent(this) if isinstance(this, dict) else True


def _logic(operator: str, first: Truth, second: Truth) -> Truth:
    """Three-valued (FHIRPath §6.5): None is neither."""

    def either(this: Any, around: Around) -> bool | None:
        left = first(this, around)
        if left:
            return True
        right = second(this, around)
        return True if right else (None if left is None or right is None else False)

    def both(this: Any, around: Around) -> bool | None:
        left = first(this, around)
        if left is False:
            return False
        right = second(this, around)
        return False if right is False else (None if left is None or right is None else True)

    def implied(this: Any, around: Around) -> bool | None:
        left = first(this, around)
        if left is False:
            return True
        right = second(this, around)
        return True if right else (None if left is None or right is None else False)

    def one_of_two(this: Any, around: Around) -> bool | None:
        left, right = first(this, around), second(this, around)
        return None if left is None or right is None else left != right

    return {"or": either, "and": both, "implies": implied, "xor": one_of_two}[operator]


def _true(items: Items) -> bool | None:
    """One item that is no boolean counts as true (FHIRPath §4.5)."""
    if not items:
        return None
    return items[0] if isinstance(items[0], bool) else True


def _is_in(one: Items, many: Items) -> bool | None:
    return any(item == one[0] for item in many) if one else None


def _distinct(items: Items) -> Items:
    return list({sorted_text(item): item for item in items}.values())


def _among(items: Items, there: frozenset[bytes]) -> Items:
    return [item for item in _distinct(items) if sorted_text(item) in there]


def _common(items: Items, others: Items) -> Items:
    return _among(items, frozenset(sorted_text(other) for other in others))


def _children(item: Any) -> Iterator[Any]:
    values = item.values() if isinstance(item, dict) else ()
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def _descendants(items: Items) -> Items:
    found: list[Any] = []
    waiting = list(items)
    while waiting:
        level = [child for item in waiting for child in _children(item)]
        found += level
        waiting = [child for child in level if isinstance(child, dict)]
    return found


def _to_integer(items: Items) -> Items:
    return [int(item) for item in items[:1] if re.fullmatch(r"[+-]?[0-9]{1,18}", str(item))]


def _if(_items: Items, condition: Items, then: Items = NONE, other: Items = NONE) -> Items:
    return then if _true(condition) else other


def _texts(ask: Callable[[str, str], bool]) -> Callable[[Items, Items], bool | None]:
    return lambda items, given: (
        ask(str(items[0]), str(given[0])) if items and given and items[0] is not None else None
    )


def _extensions(items: Items, url: Items) -> Items:
    found = (each for item in items if isinstance(item, dict) for each in item.get("extension", ()))
    return [each for each in found if isinstance(each, dict) and each.get("url") == url[0]]


_FUNCTIONS: dict[str, Callable[..., Items]] = {
    "first": lambda items: items[:1],
    "tail": lambda items: items[1:],
    "trace": lambda items, *_: items,
    "intersect": _common,
    "combine": lambda items, others: (*items, *others),
    "children": lambda items: [child for item in items for child in _children(item)],
    "descendants": _descendants,
    "count": lambda items: (len(items),),
    "toInteger": _to_integer,
    "toString": lambda items: [str(item) for item in items[:1]],
    "substring": lambda items, start: [str(item)[start[0] :] for item in items[:1]],
    "iif": _if,
    "extension": _extensions,
}
_QUESTIONS: dict[str, Callable[..., bool | None]] = {
    "exists": lambda items: len(items) > 0,
    "empty": lambda items: len(items) == 0,
    "not": lambda items: None if (told := _true(items)) is None else not told,
    "hasValue": lambda items: len(items) == 1 and isinstance(items[0], str | bool | int | Decimal | float),
    "isDistinct": lambda items: len(_distinct(items)) == len(items),
    "matches": _texts(lambda text, pattern: re.fullmatch(pattern, text) is not None),
    "startsWith": _texts(str.startswith),
    "contains": _texts(lambda text, part: part in text),
}

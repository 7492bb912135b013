"""How FHIRPath compares two collections (§6.1, §6.2): None where it cannot be told."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

Items = Sequence[Any]
Number = (int, float, Decimal)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+)?)?)?)?")
_TYPES: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda item: isinstance(item, bool),
    "integer": lambda item: isinstance(item, int) and not isinstance(item, bool),
    "decimal": lambda item: isinstance(item, Number) and not isinstance(item, bool),
    "string": lambda item: isinstance(item, str),
}


def type_test(name: str) -> Callable[[Any], bool]:
    """Whether an item is of a type. JSON tells primitives and resources apart; other types are not asked for."""
    return _TYPES.get(name.rpartition(".")[2].lower()) or (lambda item: isinstance(item, dict) and item.get("resourceType") == name)


def equal(left: Items, right: Items) -> bool | None:
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    pairs = [_equal(one, other) for one, other in zip(left, right, strict=True)]
    return False if False in pairs else (None if None in pairs else True)


def order(left: Items, right: Items) -> int | None:
    """-1, 0 or 1 for two single items of the same kind."""
    if len(left) != 1 or len(right) != 1:
        return None
    one, other = left[0], right[0]
    if isinstance(one, Number) and isinstance(other, Number):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str):
        return _order_of_texts(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return _order_of_quantities(one, other)
    return None


def _equal(one: Any, other: Any) -> bool | None:
    return None if one is None or other is None else bool(one == other)


def _order_of_texts(one: str, other: str) -> int | None:
    if not (_DATE.fullmatch(one) and _DATE.fullmatch(other)):
        return (one > other) - (one < other)
    first, second = _instant(one), _instant(other)
    if first and second:
        return (first > second) - (first < second)
    # Of different precision: decided where the coarser one decides it, unknown within it.
    size = min(len(one), len(other), 10)
    head, tail = one[:size], other[:size]
    if head == tail:
        return 0 if one == other else None
    return (head > tail) - (head < tail)


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _order_of_quantities(one: dict[str, Any], other: dict[str, Any]) -> int | None:
    """Only in the same unit: units are not converted."""
    if any(one.get(part) != other.get(part) for part in ("system", "code", "unit")):
        return None
    return order(_single(one.get("value")), _single(other.get("value")))


def _single(value: Any) -> Items:
    return () if value is None else (value,)


def _ordered(holds: Callable[[int], bool]) -> Callable[[Items, Items], bool | None]:
    return lambda left, right: None if (told := order(left, right)) is None else holds(told)


OPERATORS: dict[str, Callable[[Items, Items], bool | None]] = {
    "=": equal,
    "!=": lambda left, right: None if (told := equal(left, right)) is None else not told,
    "<": _ordered(lambda told: told < 0),
    "<=": _ordered(lambda told: told <= 0),
    ">": _ordered(lambda told: told > 0),
    ">=": _ordered(lambda told: told >= 0),
}

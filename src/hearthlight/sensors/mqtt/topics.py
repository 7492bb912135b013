"""Topic filters: which are lawful, and who wants a topic (MQTT 5, 4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

LEVELS = 64
"Deepest topic we route; ours have 3 to 5 levels. Bounds the walk below."

T = TypeVar("T")


def is_filter(text: str) -> bool:
    """Whether `text` is a lawful topic filter: wildcards whole, # last."""
    levels = text.split("/")
    if not text or len(levels) > LEVELS or "#" in levels[:-1]:
        return False
    return all(level in {"+", "#"} or not ("+" in level or "#" in level) for level in levels)


def is_topic(text: str) -> bool:
    """Whether we route `text`: no wildcards, not too deep."""
    return bool(text) and "+" not in text and "#" not in text and text.count("/") < LEVELS


def matches(filter_: str, topic: str) -> bool:
    """Whether a filter covers a topic. A wildcard in front never covers a topic of the server ($…)."""
    if topic.startswith("$") and filter_[:1] in {"+", "#"}:
        return False
    wanted = filter_.split("/")
    given = topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or (level not in {"+", given[index]}):
            return False
    return len(wanted) == len(given)


@dataclass(slots=True)
class _Branch(Generic[T]):
    below: dict[str, _Branch[T]] = field(default_factory=dict)
    here: dict[object, T] = field(default_factory=dict)


class Tree(Generic[T]):
    """Subscriptions by filter. One holder has at most one value under one filter."""

    def __init__(self) -> None:
        self._root: _Branch[T] = _Branch()

    def put(self, filter_: str, holder: object, value: T) -> None:
        branch = self._root
        for level in filter_.split("/"):
            branch = branch.below.setdefault(level, _Branch())
        branch.here[holder] = value

    def drop(self, filter_: str, holder: object) -> None:
        path = [self._root]
        levels = filter_.split("/")
        for level in levels:
            branch = path[-1].below.get(level)
            if branch is None:
                return
            path.append(branch)
        path[-1].here.pop(holder, None)
        while levels and not path[-1].here and not path[-1].below:
            path.pop()
            del path[-1].below[levels.pop()]

    def find(self, topic: str) -> Iterator[T]:
        """Every value whose filter covers `topic`."""
        levels = topic.split("/")
        depth = len(levels)
        ways: list[tuple[_Branch[T], int]] = [(self._root, 0)]
        while ways:
            branch, index = ways.pop()
            wild = index > 0 or not topic.startswith("$")
            if wild and (rest := branch.below.get("#")):
                yield from rest.here.values()
            if index == depth:
                yield from branch.here.values()
                continue
            if wild and (one := branch.below.get("+")):
                ways.append((one, index + 1))
            if same := branch.below.get(levels[index]):
                ways.append((same, index + 1))

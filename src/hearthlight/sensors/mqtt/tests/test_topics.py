"""Filters and topics, against the table of the standard and a naive twin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.sensors.mqtt.topics import LEVELS, Tree, is_filter, is_topic, matches

TABLE = [
    ("sport/tennis/player1/#", "sport/tennis/player1", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
    ("sport/#", "sport", True),
    ("#", "anything/at/all", True),
    ("sport/tennis/+", "sport/tennis/player1", True),
    ("sport/tennis/+", "sport/tennis/player1/ranking", False),
    ("sport/+", "sport", False),
    ("sport/+", "sport/", True),
    ("+/+", "/finance", True),
    ("/+", "/finance", True),
    ("+", "/finance", False),
    ("#", "$SYS/uptime", False),
    ("+/uptime", "$SYS/uptime", False),
    ("$SYS/#", "$SYS/uptime", True),
    ("$SYS/uptime/+", "$SYS/uptime/now", True),
    ("a/b", "a/b", True),
    ("a/b", "a/B", False),
    ("a//b", "a//b", True),
    ("a/+/b", "a//b", True),
    ("+/b/#", "a/b", True),
    ("+/b/#", "a/c/b", False),
]


@pytest.mark.parametrize(("filter_", "topic", "expected"), TABLE)
def test_it_matches_as_the_standard_says(filter_: str, topic: str, expected: bool) -> None:
    tree: Tree[str] = Tree()
    tree.put(filter_, "someone", "found")

    assert matches(filter_, topic) is expected
    assert (list(tree.find(topic)) == ["found"]) is expected


levels = st.sampled_from(["", "a", "b", "$x"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
filters = (
    st.tuples(st.lists(levels | st.just("+"), max_size=4), st.sampled_from([[], ["#"]]))
    .map(lambda parts: "/".join(parts[0] + parts[1]))
    .filter(bool)
)


@given(st.lists(filters, max_size=8), st.lists(filters, max_size=4), topics)
def test_it_finds_what_its_naive_twin_finds(put: list[str], dropped: list[str], topic: str) -> None:
    tree: Tree[str] = Tree()
    for filter_ in put:
        tree.put(filter_, "someone", filter_)
    for filter_ in dropped:
        tree.drop(filter_, "someone")

    left = set(put) - set(dropped)
    assert sorted(tree.find(topic)) == sorted(filter_ for filter_ in left if matches(filter_, topic))


def test_it_forgets_branches_nobody_uses() -> None:
    tree: Tree[str] = Tree()
    tree.put("a/b/c", "someone", "x")
    tree.drop("a/b/c", "someone")
    tree.drop("never/there", "someone")

    assert not tree._root.below


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "#a", "a+", "+a/b", "a/b+/c", "##", "/" * LEVELS])
def test_it_refuses_the_filter(text: str) -> None:
    assert not is_filter(text)


@pytest.mark.parametrize("text", ["#", "+", "/", "a/+/#", "+/+", "$SYS/#", "/" * (LEVELS - 1)])
def test_it_accepts_the_filter(text: str) -> None:
    assert is_filter(text)


@pytest.mark.parametrize("text", ["", "a/+", "#", "/" * LEVELS])
def test_it_refuses_the_topic(text: str) -> None:
    assert not is_topic(text)

"""What a search asks for, read from its parameters. Nothing is looked up: what cannot be meant is refused here, and what is
unknown is left out and said so (or refused, under `Prefer: handling=strict`). Source: R4 §3.1.1."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .asking import LONGEST, MOST_PAIRS, refuse
from .clauses import FULL_TEXT, Reading, Unknown, parameter_of
from .parameters import of, types
from .types import Clause, Include, Query, Sort, Summary, Total, Type

MOST_SORTS = 5
MOST_ELEMENTS = 100
MOST_INCLUDES = 50
LARGEST_COUNT = 9  # digits; how many a page really has, whoever answers decides
EVERYTHING = "*"
NOT_OURS = {"_format", "_pretty"}
"""How the answer is written: nothing to do with what is found. Whoever writes it reads them."""

_ELEMENT = re.compile(r"[A-Za-z]{1,64}(?:\.[A-Za-z]{1,64}){0,9}")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

Pair = tuple[str, str]


@dataclass
class Draft:
    """A query while it is being read."""

    types: tuple[str, ...]
    reading: Reading = field(default_factory=Reading)
    where: list[Clause] = field(default_factory=list)
    sorts: tuple[Sort, ...] = ()
    includes: list[Include] = field(default_factory=list)
    revincludes: list[Include] = field(default_factory=list)
    count: int | None = None
    cursor: str = ""
    total: Total | None = None
    summary: Summary = Summary.FALSE
    elements: tuple[str, ...] = ()


def parse(of_types: Sequence[str], pairs: Iterable[Pair], *, is_strict: bool = False) -> Query:
    """The query that `pairs` (decoded, in the order they came) make of resources of these types; of no types: of every
    type, or of those that `_type` names. Raises Malformed, with the parameter's name."""
    asked = list(pairs)
    _check_size(asked)
    understood: list[Pair] = []
    ignored: list[Pair] = []
    draft = Draft(_types(of_types, asked))
    for key, text in asked:
        if key in NOT_OURS:
            continue
        try:
            _read(draft, key, text)
        except Unknown:
            if is_strict:
                refuse(key, "unknown here", "not-supported")
            ignored.append((key, text))
        else:
            if key != "_cursor":
                understood.append((key, text))
    return Query(
        types=draft.types, where=tuple(draft.where), sorts=draft.sorts, includes=tuple(draft.includes),
        revincludes=tuple(draft.revincludes), count=draft.count, cursor=draft.cursor, total=draft.total,
        summary=draft.summary, elements=draft.elements, understood=tuple(understood), ignored=tuple(ignored),
    )  # fmt: skip


def _check_size(asked: list[Pair]) -> None:
    if len(asked) > MOST_PAIRS:
        refuse(asked[MOST_PAIRS][0], f"more than {MOST_PAIRS} parameters", "too-costly")
    once: set[str] = set()
    for key, text in asked:
        if len(text) > LONGEST or len(key) > LONGEST:
            refuse(key, f"longer than {LONGEST} characters", "too-long")
        if _UNSTORABLE.search(text) or _UNSTORABLE.search(key):
            refuse(key, "holds NUL or half a character, which no record does")
        if key in RESULTS and key in once:
            refuse(key, "asked twice")
        once.add(key)


def _types(of_types: Sequence[str], asked: list[Pair]) -> tuple[str, ...]:
    for type in of_types:
        if type not in types():
            refuse(type, "no resource type of R4", "not-supported")
    named = next((text for key, text in asked if key == "_type"), None)
    if of_types or named is None:
        return tuple(of_types)
    for type in named.split(","):
        if type not in types():
            refuse("_type", "names resource types of R4, with commas between them")
    return tuple(dict.fromkeys(named.split(",")))


def _read(draft: Draft, key: str, text: str) -> None:
    """Add what one pair asks for. Raises Malformed and Unknown."""
    name, _, modifier = key.partition(":")
    if name in ("_include", "_revinclude"):
        _include(draft, name, modifier, text)
    elif key in RESULTS:
        RESULTS[key](draft, text)
    elif not text and name not in FULL_TEXT:
        raise Unknown  # an empty field of a form
    else:
        draft.where.append(draft.reading.clause(draft.types, key, text))


# --- what comes back, and how ----------------------------------------------------------------------------------------


def _count(draft: Draft, text: str) -> None:
    if not (text.isascii() and text.isdigit() and len(text) <= LARGEST_COUNT):
        refuse("_count", "a whole number")
    draft.count = int(text)


def _sort(draft: Draft, text: str) -> None:
    rules = text.split(",")
    if len(rules) > MOST_SORTS:
        refuse("_sort", f"more than {MOST_SORTS} rules", "too-costly")
    draft.sorts = tuple(_rule(draft, rule) for rule in rules)


def _rule(draft: Draft, rule: str) -> Sort:
    parameter = parameter_of(draft.types, rule.removeprefix("-"))
    if parameter.type in (Type.COMPOSITE, Type.SPECIAL):
        refuse("_sort", f"a {parameter.type} parameter has no order")
    return Sort(parameter, rule.startswith("-"))


def _total(draft: Draft, text: str) -> None:
    if text not in list(Total):
        refuse("_total", f"one of {', '.join(Total)}")
    draft.total = Total(text)


def _summary(draft: Draft, text: str) -> None:
    if text not in list(Summary):
        refuse("_summary", f"one of {', '.join(Summary)}")
    draft.summary = Summary(text)


def _elements(draft: Draft, text: str) -> None:
    names = [name.strip() for name in text.split(",")]
    if len(names) > MOST_ELEMENTS or not all(_ELEMENT.fullmatch(name) for name in names):
        refuse("_elements", f"up to {MOST_ELEMENTS} names of elements, with commas between them")
    draft.elements = tuple(names)


def _cursor(draft: Draft, text: str) -> None:
    draft.cursor = text


def _type(draft: Draft, text: str) -> None:
    if draft.types != tuple(dict.fromkeys(text.split(","))):
        raise Unknown  # the address names the type already


def _contained(_: Draft, text: str) -> None:
    if text != "false":
        refuse("_contained", "contained resources are not found by themselves here", "not-supported")


RESULTS: dict[str, Callable[[Draft, str], None]] = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_cursor": _cursor,
    "_type": _type,
    "_contained": _contained,
}


# --- what comes along ------------------------------------------------------------------------------------------------


def _include(draft: Draft, name: str, modifier: str, text: str) -> None:
    if modifier not in ("", "iterate", "recurse"):
        refuse(f"{name}:{modifier}", ":iterate is all that may follow")
    into = draft.includes if name == "_include" else draft.revincludes
    into.extend(_included(draft, name, text, is_iterate=modifier != ""))
    if len(into) > MOST_INCLUDES:
        refuse(name, f"more than {MOST_INCLUDES}", "too-costly")


def _included(draft: Draft, name: str, text: str, *, is_iterate: bool) -> list[Include]:
    if text == EVERYTHING:
        if name == "_revinclude" or is_iterate or not draft.types:
            refuse(name, "name a type, as in Observation:*", "not-supported")
        return [Include(type, None) for type in draft.types]
    source, _, rest = text.partition(":")
    code, _, target = rest.partition(":")
    if source not in types() or (target and target not in types()):
        refuse(name, "Type:parameter or Type:parameter:Type")
    if code == EVERYTHING:
        return [Include(source, None, target or None, is_iterate)]
    parameter = of(source).get(code)
    if parameter is None:
        raise Unknown
    if parameter.type is not Type.REFERENCE:
        refuse(name, f"{source}.{code} is no reference")
    if target and parameter.targets and target not in parameter.targets:
        refuse(name, f"{source}.{code} never points to {target}")
    return [Include(source, code, target or None, is_iterate)]

"""FHIRPath behind one small door: questions are answered by fhirpathpy, compiled once; places in a resource are walked to
here, because whoever changes something has to know where it stands, and not only what it is.

Both are bounded, as expressions come from outside: short, and of functions that end soon (`matches` may take years over a
pattern, `resolve` leaves the resource). Source: FHIRPath N1; R4 §2.9 (fhirpath)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import fhirpathpy
from fhirpathpy import parser as _grammar
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from .definitions import Element, Member, Shape, shape
from .types import Issue, Malformed, Resource, Severity

LONGEST = 500  # characters; the longest invariant of R4 has about as many
DEEPEST = 20  # brackets within brackets
MOST_STEPS = 30
MOST_ASKED = 1_000  # elements that one where() is asked about, at some 60 µs each
ALLOWED = frozenset({
    "all", "allFalse", "allTrue", "anyFalse", "anyTrue", "as", "contains", "count", "distinct", "empty", "endsWith", "exclude",
    "exists", "extension", "first", "hasValue", "iif", "indexOf", "intersect", "is", "isDistinct", "last", "length", "lower",
    "not", "ofType", "single", "skip", "startsWith", "substring", "subsetOf", "supersetOf", "tail", "take", "toDate",
    "toDateTime", "toDecimal", "toInteger", "toQuantity", "toString", "toTime", "trim", "union", "upper", "where",
})  # fmt: skip
"""Functions that end soon on any resource that fits a request, and make nothing larger than they were given: with `select` and
`combine` sixteen steps make a hundred thousand elements of two."""

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`")
_TOKENS = re.compile(
    r"(?:\s|'(?:[^'\\]|\\.)*'|`[^`]+`|[%$]?[A-Za-z_]\w*|\d+(?:\.\d+)?|@[\dT:.+Z-]+|<=|>=|!=|!~|[.,()\[\]{}+*/&|<>=~-])*", re.ASCII
)
"""What FHIRPath is made of. The parser prints whatever is none of it, where nobody asked for it."""
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_STEP = re.compile(r"(?P<name>[A-Za-z_]\w*|`[^`]+`|[$%]\w+)(?P<call>\(.*\))?(?P<numbers>(?:\[\d{1,6}\])*)", re.DOTALL)
_ROOTS = ("Resource", "DomainResource", "$this", "%resource", "%context")
grammar: Any = _grammar
_END = -1  # the type of the token after the last
_alone = Lock()
"""The interpreter keeps the time of day and its model in globals."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One element of a resource and where it stands: member `name` of the object `inside` (of `above`), number `number` of
    its list if it is in one. `type` is its FHIR type, or the path of an unnamed one (`Patient.contact`)."""

    value: Any
    type: str
    above: "Spot | None" = None
    name: str = ""
    number: int | None = None
    element: Element | None = None

    @property
    def inside(self) -> dict[str, Any]:
        holder: dict[str, Any] = self.above.value if self.above else {}
        return holder


def holds(expression: str, value: Any, *, type: str) -> bool:
    """Whether `expression` is true of one element of that type. Raises Malformed."""
    if not _is_whole(checked(expression)):
        raise refusal("The FHIRPath cannot be read")
    return evaluated(f"where({expression})", value, type=type) != []


def evaluated(expression: str, value: Any, *, type: str) -> list[Any]:
    """What `expression` amounts to, seen from one element of that type. Raises Malformed."""
    compiled = _compiled(expression)
    try:
        with _alone:
            found = list(compiled(ResourceNode(value, type)))  # type: ignore[no-untyped-call]
    except Exception as error:  # the interpreter has no class of its own for what it cannot do, and raises anything
        raise refusal(f"The FHIRPath cannot be evaluated here ({error.__class__.__name__})") from error
    return found


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Callable[..., list[Any]]:
    if not _is_whole(checked(expression)):
        raise refusal("The FHIRPath cannot be read")
    try:
        with _alone:
            compiled: Callable[..., list[Any]] = fhirpathpy.compile(expression, models["r4"])
    except Exception as error:  # as above: the parser raises what it likes
        raise refusal("The FHIRPath cannot be read") from error
    return compiled


@lru_cache(maxsize=512)
def _is_whole(expression: str) -> bool:
    """Whether all of it is one expression. The interpreter takes `name family` for `name` and says nothing."""
    lexer: Any = grammar.FHIRPathLexer(grammar.InputStream(expression))
    lexer.removeErrorListeners()
    tokens = grammar.CommonTokenStream(lexer)
    parser: Any = grammar.FHIRPathParser(tokens)
    parser.removeErrorListeners()
    try:
        parser.expression()
    except RecursionError:  # four hundred signs before a number
        return False
    return bool(parser.getNumberOfSyntaxErrors() == 0 and tokens.LA(1) == _END)


def checked(expression: str) -> str:
    """The expression, if it is short and harmless enough to be evaluated. Raises Malformed."""
    if len(expression) > LONGEST:
        raise refusal(f"A FHIRPath has more than {LONGEST} characters", "too-long")
    if not _TOKENS.fullmatch(expression):
        raise refusal("The FHIRPath cannot be read")
    plain = _QUOTED.sub("''", expression)
    depth = deepest = 0
    for mark in plain:
        depth += (mark in "([{") - (mark in ")]}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise refusal(f"A FHIRPath has brackets more than {DEEPEST} deep", "too-costly")
    for function in _CALL.findall(plain):
        if function not in ALLOWED and function not in ("and", "or", "xor", "implies", "in", "div", "mod"):
            raise refusal(f"The FHIRPath function {function[:30]} is not used here", "not-supported")
    return expression


def refusal(why: str, code: str = "invalid") -> Malformed:
    return Malformed([Issue(Severity.ERROR, code, why)])


# --- places ----------------------------------------------------------------------------------------------------------


def spots(expression: str, resource: Resource) -> list[Spot]:
    """The elements that `expression` leads to. It may name members and number them, and narrow down by where, first, last,
    single, tail, skip, take, extension, as and ofType. Raises Malformed for anything else."""
    kind = str(resource.get("resourceType"))
    found = [Spot(resource, kind)]
    for number, step in enumerate(_steps(expression)):
        if not (number == 0 and step in (kind, *_ROOTS)):
            found = _taken(found, step)
    return found


def collection(expression: str, resource: Resource) -> tuple[Spot, str]:
    """The one element that holds the list `expression` leads to, and the list's name. Raises Malformed."""
    steps = _steps(expression)
    name = steps[-1].strip("`")
    holders = spots(".".join(steps[:-1]), resource) if len(steps) > 1 else [Spot(resource, str(resource.get("resourceType")))]
    if len(holders) != 1 or not re.fullmatch(r"[A-Za-z]\w*", name):
        raise refusal("The path has to lead to one list, by its name")
    return holders[0], name


def _steps(expression: str) -> list[str]:
    """The parts between dots that stand in no brackets and no quotes."""
    checked(expression)
    parts, depth, start = [], 0, 0
    masked = _QUOTED.sub(lambda quoted: "'" * len(quoted[0]) if quoted[0][0] == "'" else quoted[0], expression)
    for place, mark in enumerate(masked):
        depth += (mark in "([") - (mark in ")]")
        if mark == "." and depth == 0:
            parts.append(expression[start:place].strip())
            start = place + 1
    parts.append(expression[start:].strip())
    if len(parts) > MOST_STEPS:
        raise refusal(f"A path has more than {MOST_STEPS} steps", "too-costly")
    return parts


def _taken(found: list[Spot], step: str) -> list[Spot]:
    shaped = _STEP.fullmatch(step)
    if not shaped:
        raise refusal("A path is names, numbers and a few functions, with dots between them")
    if shaped["call"]:
        found = _called(found, shaped["name"], shaped["call"][1:-1].strip())
    else:
        found = [each for spot in found for each in children(spot, shaped["name"].strip("`"))]
    for number in re.findall(r"\d+", shaped["numbers"]):
        found = found[int(number) : int(number) + 1]
    return found


def _called(found: list[Spot], function: str, argument: str) -> list[Spot]:
    if function == "where":
        if len(found) > MOST_ASKED:
            raise refusal(f"where() of more than {MOST_ASKED} elements", "too-costly")
        return [spot for spot in found if holds(argument, spot.value, type=spot.type)]
    if function in ("as", "ofType"):
        return [spot for spot in found if spot.type == argument.rpartition(".")[2].strip("`")]
    if function == "extension":
        url = argument[1:-1]
        return [each for spot in found for each in children(spot, "extension") if each.value.get("url") == url]
    if function in ("skip", "take") and argument.isascii() and argument.isdigit():
        return found[int(argument) :] if function == "skip" else found[: int(argument)]
    if argument:
        raise refusal(f"The function {function[:30]} leads to no place in a resource", "not-supported")
    if function == "single" and len(found) > 1:
        raise refusal("single() of several elements")
    ends = {"first": slice(0, 1), "single": slice(0, 1), "last": slice(-1, None), "tail": slice(1, None)}
    if function not in ends:
        raise refusal(f"The function {function[:30]} leads to no place in a resource", "not-supported")
    return found[ends[function]]


def children(spot: Spot, name: str) -> list[Spot]:
    """The elements called `name` in one element: `value` is valueQuantity, too."""
    if not isinstance(spot.value, dict):
        return []
    return [
        Spot(value, _type_of(value, member), spot, member.name, number, member.element)
        for member in members(shape_of(spot), name)
        if member.name in spot.value
        for number, value in _numbered(spot.value[member.name])
        if value is not None
    ]


def shape_of(spot: Spot) -> Shape | None:
    return shape(spot.type)


def members(of: Shape | None, name: str) -> list[Member]:
    """The JSON members that an element may be: one, or one for each type where the type is open."""
    if of is None:
        return []
    if name in of.members:
        return [of.members[name]]
    return [member for member in of.members.values() if member.element.is_choice and member.element.name == name]


def _numbered(value: Any) -> list[tuple[int | None, Any]]:
    return list(enumerate(value)) if isinstance(value, list) else [(None, value)]


def _type_of(value: Any, member: Member) -> str:
    if member.kind.name in ("Resource", "DomainResource") and isinstance(value, dict):
        return str(value.get("resourceType"))
    return member.kind.name

"""What one parameter of a search asks for: a condition, a chain along a reference (`subject:Patient.name`), or what points
here (`_has:Observation:patient:code`). Source: R4 §3.1.1.4.4, §3.1.1.4.14 and §3.1.1.4.15."""

from collections.abc import Callable, Iterable, Sequence

from ..types import Malformed
from . import values
from .asking import DEEPEST, MOST_CLAUSES, MOST_TRIES, MOST_VALUES, refuse, split
from .parameters import of, of_every_type, types
from .types import Chain, Clause, Condition, Has, Modifier, Parameter, Type, Value

HAS = "_has"
MODIFIERS: dict[Type, frozenset[Modifier]] = {
    Type.STRING: frozenset({Modifier.EXACT, Modifier.CONTAINS}),
    Type.TOKEN: frozenset({Modifier.TEXT, Modifier.NOT, Modifier.OF_TYPE}),
    Type.REFERENCE: frozenset({Modifier.IDENTIFIER}),
    Type.URI: frozenset({Modifier.ABOVE, Modifier.BELOW}),
}
NOT_HERE = {
    "above": "is for URIs; hierarchies of codes and of resources are not searched here",
    "below": "is for URIs; hierarchies of codes and of resources are not searched here",
    "in": "needs a terminology server, which this is not",
    "not-in": "needs a terminology server, which this is not",
}
FULL_TEXT = {"_text", "_content", "_filter", "_query", "_list"}


class Unknown(Exception):
    """Nothing here is called that. A lenient search goes on without it."""


class Reading:
    """One search being read: it counts what it has made, so that a few words cannot ask for a thousand things."""

    def __init__(self) -> None:
        self.tried = self.made = 0
        self.asked = ""  # the whole of what the client wrote, which refusals name

    def clause(self, of_types: Sequence[str], key: str, text: str, *, depth: int = 0) -> Clause:
        """What `key=text` asks of resources of these types (none: of every type). Raises Malformed and Unknown."""
        self.tried += 1
        if depth == 0:
            self.asked = key
        if depth > DEEPEST:
            refuse(self.asked, f"more than {DEEPEST} links", "too-costly")
        if self.tried > MOST_TRIES or self.made > MOST_CLAUSES:
            refuse(self.asked, "passes through too many types: name them, as in subject:Patient.name", "too-costly")
        if key.startswith(f"{HAS}:"):
            return self._has(of_types, key, text, depth)
        head, dot, rest = key.partition(".")
        code, colon, modifier = head.partition(":")
        parameter = parameter_of(of_types, code)
        if dot:
            return self._chain(parameter, modifier if colon else "", (rest, text), depth)
        self.made += 1
        return condition(parameter, self.asked, modifier if colon else None, text)

    def _chain(self, parameter: Parameter, type: str, asked: tuple[str, str], depth: int) -> Chain:
        rest, text = asked
        if parameter.type is not Type.REFERENCE:
            refuse(self.asked, f"{parameter.code} is no reference: nothing can follow its dot")
        if parameter.is_canonical:
            refuse(self.asked, "chains along canonical URLs are not searched here", "not-supported")
        if type and type not in types():
            refuse(self.asked, f"{type[:40]} is no resource type")
        ends, refusal = [], None
        for target in (type,) if type else parameter.targets or sorted(types()):
            try:
                ends.append((target, self.clause((target,), rest, text, depth=depth + 1)))
            except Unknown:
                continue  # this type has no such parameter; another may
            except Malformed as malformed:
                if malformed.issues[0].code == "too-costly":
                    raise
                refusal = malformed  # of this type no sense; of another perhaps
        if not ends:
            raise refusal or Unknown
        return Chain(parameter, tuple(ends))

    def _has(self, of_types: Sequence[str], key: str, text: str, depth: int) -> Has:
        parts = key.split(":", 3)
        if len(parts) != 4:
            refuse(self.asked, "_has:Type:reference:parameter")
        _, source, code, rest = parts
        if source not in types():
            raise Unknown
        parameter = parameter_of((source,), code)
        if parameter.type is not Type.REFERENCE or parameter.is_canonical:
            refuse(self.asked, f"{code[:40]} of {source} is no reference to a resource")
        if of_types and parameter.targets and not set(of_types) & set(parameter.targets):
            refuse(self.asked, f"{source}.{code} never points to {', '.join(of_types)}")
        return Has(source, parameter, self.clause((source,), rest, text, depth=depth + 1))


def parameter_of(of_types: Sequence[str], code: str) -> Parameter:
    """The parameter that all of these types have, of the same kind. Raises Unknown, and Malformed for full text."""
    if code in FULL_TEXT:
        refuse(code, "full text, lists and filter expressions are not searched here", "not-supported")
    found = [of(type).get(code) for type in of_types] or [of_every_type().get(code)]
    first = found[0]
    if first is None or any(each is None or each.type is not first.type for each in found):
        raise Unknown
    if len(found) == 1 or first.type is not Type.REFERENCE:
        return first
    targets = [each.targets for each in found if each]
    every = tuple(sorted({target for some in targets for target in some})) if all(targets) else ()
    return Parameter(first.code, first.type, first.expression, every, is_canonical=all(each.is_canonical for each in found if each))


def condition(parameter: Parameter, key: str, modifier: str | None, text: str) -> Condition:
    if modifier == "missing":
        if text not in ("true", "false"):
            refuse(key, ":missing is true or false")
        return Condition(parameter, modifier=Modifier.MISSING, is_missing=text == "true")
    if modifier is None:
        return Condition(parameter, tuple(_each(key, text, lambda part: values.of(parameter, key, part))))
    if parameter.type is Type.REFERENCE and not parameter.is_canonical and modifier in types():
        _check_target(parameter, key, modifier)
        return Condition(parameter, tuple(_each(key, text, lambda part: values.of_type(modifier, key, part))))
    if modifier not in MODIFIERS.get(parameter.type, ()):
        _refuse_modifier(parameter, key, modifier)
    return Condition(parameter, tuple(_modified(parameter, Modifier(modifier), key, text)), Modifier(modifier))


def _modified(parameter: Parameter, modifier: Modifier, key: str, text: str) -> Iterable[Value]:
    reads: dict[Modifier, Callable[[str, str], Value]] = {
        Modifier.TEXT: values.string,
        Modifier.OF_TYPE: values.typed_token,
        Modifier.IDENTIFIER: values.token,
    }
    read = reads.get(modifier)
    return _each(key, text, lambda part: read(key, part) if read else values.of(parameter, key, part))


def _each(key: str, text: str, read: Callable[[str], Value]) -> list[Value]:
    parts = split(text, ",")
    if len(parts) > MOST_VALUES:
        refuse(key, f"more than {MOST_VALUES} values", "too-costly")
    if not all(parts):
        refuse(key, "an empty value among others")
    return [read(part) for part in parts]


def _check_target(parameter: Parameter, key: str, type: str) -> None:
    if parameter.targets and type not in parameter.targets:
        refuse(key, f"{parameter.code} points to {', '.join(parameter.targets[:9])}, never to {type}")


def _refuse_modifier(parameter: Parameter, key: str, modifier: str) -> None:
    """R4 §3.1.1.4.4: a modifier that a server does not support has to be refused, not passed over."""
    why = NOT_HERE.get(modifier)
    if why:
        refuse(key, f":{modifier} {why}", "not-supported")
    allowed = ", ".join(f":{each}" for each in sorted({"missing", *MODIFIERS.get(parameter.type, ())}))
    refuse(key, f"a {parameter.type} takes {allowed}")

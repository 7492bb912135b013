"""FHIRPath as the nested lists that `hearthlight.fhir.rules` compiles: [operator, part, …]. Parsed by fhirpathpy.

["get", of, name] · ["call", of, name, argument…] · ["lit", value] · ["var", name] · ["this"] · ["empty"] · [operator, left, right]
`of` is None where it is the focus."""

from typing import Any

from fhirpathpy.parser import parse

Node = dict[str, Any]
LITERALS = {
    "StringLiteral": lambda text: text[1:-1].encode().decode("unicode_escape").replace("\\/", "/"),
    "BooleanLiteral": lambda text: text == "true",
    "NumberLiteral": int,
    "NullLiteral": None,
}


class Unclear(Exception):
    """An expression that `rules` has no words for."""


def steps(expression: str) -> Any:
    return _step(parse(expression)["children"][0])


def _step(node: Node) -> Any:
    kind, children = node["type"], node.get("children", [])
    if kind in ("EntireExpression", "TermExpression", "ParenthesizedTerm", "InvocationTerm", "LiteralTerm", "ExternalConstantTerm"):
        return _step(children[0])
    if kind == "InvocationExpression":
        return _invoked(_step(children[0]), children[1])
    if kind in ("MemberInvocation", "FunctionInvocation", "ThisInvocation"):
        return _invoked(None, node)
    if kind == "ExternalConstant":
        return ["var", _name(children[0])]
    if kind in LITERALS and LITERALS[kind]:
        return ["lit", LITERALS[kind](node["text"])]
    if kind == "TypeExpression":
        return [node["terminalNodeText"][0], _step(children[0]), _name(children[1])]
    if kind.endswith("Expression") and len(children) == 2:
        return [node["terminalNodeText"][0], *(_step(child) for child in children)]
    raise Unclear(kind)


def _invoked(of: Any, node: Node) -> Any:
    if node["type"] == "ThisInvocation":
        return ["this"]
    if node["type"] == "MemberInvocation":
        return ["get", of, _name(node["children"][0])]
    function = node["children"][0]
    name = _name(function["children"][0])
    arguments = function["children"][1]["children"] if len(function["children"]) > 1 else []
    if name in ("is", "as", "ofType"):
        return [name, of or ["this"], arguments[0]["text"]]
    return ["call", of, name, *(_step(argument) for argument in arguments)]


def _name(node: Node) -> str:
    text = node.get("text") or node["children"][0]["text"]
    return str(text).strip("`'\"")

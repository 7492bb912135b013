"""Every address has its stranger test: a test with `stranger` in its name that asks for it, by name or by path."""

import ast
import re
from functools import cache

import pytest
import tree
from django.urls import URLPattern, URLResolver, get_resolver

from hearthlight.record.api.routes import ADDRESSES

# Addresses a stranger may have, and why.
PUBLIC = {
    "/fhir/r4/metadata": "what the API can do: a client reads it before it signs in",
    "/healthz": "numbers about the process only, for whatever watches it",
    "/sw.js": "the service worker: the same for everybody, and fetched before anyone has signed in",
    "/offline/": "the page a phone shows without a network: nothing on it but that",
}
LOOP_SIDE = ["/live", "/fhir/r4/metadata", *ADDRESSES]  # served on the loop beside Django's addresses


def _walk(patterns, before=""):
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from _walk(item.url_patterns, before + str(item.pattern))
        elif isinstance(item, URLPattern):
            yield item, f"/{before}{item.pattern}"


def _ours():
    """(name, path) of every address that one of our rooms answers."""
    found = [
        (item.name or "", path)
        for item, path in _walk(get_resolver().url_patterns)
        if getattr(item.callback, "__module__", "").startswith("hearthlight.")
        or getattr(getattr(item.callback, "view_class", None), "__module__", "").startswith("hearthlight.")
    ]
    return found + [("", path) for path in LOOP_SIDE]


def _named(tree_: ast.Module, names: set[str]) -> list[ast.stmt]:
    """What the module itself assigns to, or defines as, any of `names`."""
    found = []
    for node in tree_.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        is_named = any(isinstance(target, ast.Name) and target.id in names for target in targets)
        if is_named or (isinstance(node, tree.Function) and node.name in names):
            found.append(node)
    return found


@cache
def asked() -> str:
    """The source of every stranger test, with the lists and functions of its module that it uses."""
    told = []
    for path in tree.python_files(tests=True):
        if not path.name.startswith("test_") or path.parent.name == "house":
            continue
        code = tree.parsed(path)
        for function in tree.functions(code):
            if function.name.startswith("test_") and "stranger" in function.name:
                used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                told += [ast.unparse(node) for node in (function, *_named(code, used))]
    return "\n".join(told)


def is_asked_for(name: str, path: str, source: str) -> bool:
    """By name in quotes, or by path with anything where its parameters stand."""
    shape = re.sub(r"<[^>]+>", "\0", path)
    as_path = re.escape(shape).replace("\0", r"""[^"'/\s]+""")
    return bool((name and re.search(rf"""["']{re.escape(name)}["']""", source)) or re.search(rf"""["']{as_path}["'?]""", source))


@pytest.mark.parametrize(("name", "path"), _ours(), ids=lambda value: value or "-")
def test_it_has_a_stranger_test(name, path):
    assert path in PUBLIC or is_asked_for(name, path, asked())


def test_it_knows_an_address_by_name_and_by_path():
    source = "client.get(f'/people/{cast.ada.pk}/edit/')\nclient.get(reverse('plans'))"

    assert is_asked_for("person-edit", "/people/<int:person_id>/edit/", source)
    assert is_asked_for("plans", "/plans/", source)
    assert not is_asked_for("person", "/people/<int:person_id>/", source)
    assert not is_asked_for("budget", "/budget/", source)

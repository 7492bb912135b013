"""The source as house tests read it: which files there are, and their syntax trees."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src/hearthlight"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def contracts() -> list[dict]:
    return project()["tool"]["importlinter"]["contracts"]


@cache
def rooms() -> list[str]:
    """Every folder that holds code, from roof to cellar, as the floors stack them."""
    layers = next(contract["layers"] for contract in contracts() if contract["type"] == "layers")
    return [room.strip() for layer in layers for room in re.split(r"[|:]", layer)]


@cache
def kept_files() -> list[Path]:
    """What is in the repository, or would be: tracked files and new ones that are not ignored."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout
    return [path for name in sorted(set(told.split("\0")) - {""}) if (path := ROOT / name).is_file()]


@cache
def python_files(*, tests: bool) -> list[Path]:
    """Our Python: the package, and with `tests` the tests and scripts too; never migrations."""
    found = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
    if tests:
        return found + list((ROOT / "tests").rglob("*.py")) + list((ROOT / "scripts").rglob("*.py"))
    return [path for path in found if "tests" not in path.relative_to(PACKAGE).parts]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for an attribute chain on a name, else an empty string."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""

"""Every setting is documented, and nothing else is read from the environment."""

import ast
import re
from dataclasses import fields

import pytest
import tree

from hearthlight.runtime.settings import Settings

PAGE = (tree.ROOT / "docs/run/settings.md").read_text() if (tree.ROOT / "docs/run/settings.md").exists() else ""
# Read elsewhere, and why they are no settings of a site.
NOT_SETTINGS = {
    "HEARTHLIGHT_TEST_DATABASE": "scripts/test says where its PostgreSQL is",
    "HEARTHLIGHT_CHROMIUM": "scripts/test says where the browser is",
    "HEARTHLIGHT_DATA": "where benchmarks find recordings; no home needs it",
    "HEARTHLIGHT_ALERT": "given to the watchdog's command, not read",
}


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda field: field.name)
def test_it_documents_every_setting_with_its_default(setting):
    row = re.search(rf"^\| `HEARTHLIGHT_{setting.name.upper()}` \| (.*) \| (.*) \|$", PAGE, re.M)

    assert row, "a row in docs/run/settings.md"
    default = str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
    assert row[1] == (f"`{default}`" if default else "empty")
    assert setting.metadata["help"][:20].lower() in row[2].lower()


def test_it_documents_no_setting_that_is_not_there():
    named = set(re.findall(r"^\| `(HEARTHLIGHT_[A-Z_]+)`", PAGE, re.M))

    assert named == {f"HEARTHLIGHT_{setting.name.upper()}" for setting in fields(Settings)}


def test_it_reads_no_other_setting():
    known = {f"HEARTHLIGHT_{setting.name.upper()}" for setting in fields(Settings)} | NOT_SETTINGS.keys()
    named = {
        word
        for path in tree.python_files(tests=False)
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in re.findall(r"HEARTHLIGHT_[A-Z_]*[A-Z]", node.value)
    }

    assert named - known == set()

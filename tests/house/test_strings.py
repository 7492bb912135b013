"""Words that have no place in what we publish."""

import re

import tree

# Written in pieces, so that this file does not find itself.
FORBIDDEN = {
    "assets.nhs" + ".uk": "pages fetch nothing from elsewhere, least of all a typeface we have no right to",
    "registry.npmjs" + ".org": "which registry is used is the machine's business",
    "pypi" + ".org": "which registry is used is the machine's business",
    "files.pythonhosted" + ".org": "which registry is used is the machine's business",
    "/work" + "/main": "a path of one machine",
    "/work" + "/shared": "a path of one machine",
    "/opt" + "/wheels": "a path of one machine",
    "/root" + "/": "a path of one machine",
}
LOOKING_FOR_IT = {"src/hearthlight/site/tests/test_assets.py": "it makes sure that pages name it nowhere"}
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE " + r"KEY-----\n[A-Za-z0-9+/]|" + "AKIA" + r"[0-9A-Z]{16}")
LARGEST = 3_500_000  # bytes: the largest thing we ship is a night of movement


def _texts():
    for path in tree.kept_files():
        data = path.read_bytes()
        if b"\0" not in data[:8000] and path.name != "LICENSE" and tree.shown(path) not in LOOKING_FOR_IT:
            yield tree.shown(path), data.decode("utf-8", "replace")


def test_it_names_no_machine_and_no_registry():
    found = [f"{name}: {word} ({why})" for name, text in _texts() for word, why in FORBIDDEN.items() if word in text]

    assert found == []


def test_it_keeps_no_private_key():
    assert [name for name, text in _texts() if SECRET.search(text)] == []


def test_it_keeps_nothing_huge():
    assert [tree.shown(path) for path in tree.kept_files() if path.stat().st_size > LARGEST] == []

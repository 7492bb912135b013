"""What we serve: ours or licensed, from here only, and none of it the NHS's."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[1]
PACKAGE = SITE.parent
ROOT = PACKAGE.parents[1]
SERVED = sorted(
    path for folder in PACKAGE.glob("*/") for kind in ("static", "templates") for path in (folder / kind).rglob("*") if path.is_file()
)
READ = [path for path in SERVED if path.suffix in (".html", ".css", ".js", ".svg", ".webmanifest", ".txt")]
OUTSIDE = re.compile(r"assets\.nhs\.uk|frutiger|nhs-logo|nhsuk-logo|url\(\s*[\"']?(https?:)?//|(?:src|href)=[\"'](https?:)?//", re.I)


@pytest.mark.parametrize("path", READ, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_it_serves_nothing_of_the_nhs_and_nothing_from_outside(path: Path) -> None:
    found = OUTSIDE.search(path.read_text())

    assert found is None, found and found.group()


def test_it_would_see_a_typeface_from_outside() -> None:
    assert OUTSIDE.search('src: url("https://assets.nhs.uk/fonts/FrutigerLTW01-55Roman.woff2")')
    assert OUTSIDE.search("@font-face { src: url(//example.org/a.woff2) }")


@pytest.mark.parametrize("path", [path for path in READ if path.suffix == ".html"], ids=lambda path: str(path.relative_to(PACKAGE)))
def test_it_writes_no_style_or_handler_into_a_page(path: Path) -> None:
    found = re.search(r"<style|\sstyle=|\son(?:click|change|submit|load|input)=", path.read_text())

    assert found is None, found and found.group()


def test_it_names_every_vendored_file_with_licence_and_digest() -> None:
    named = json.loads((SITE / "static/vendor/MANIFEST.json").read_text())

    assert all({"file", "package", "version", "licence", "sha256"} <= one.keys() for one in named)
    assert {one["file"] for one in named} == {path.name for path in (SITE / "static/vendor").iterdir()} - {"MANIFEST.json"}


def test_it_uses_every_vendored_file() -> None:
    ours = "".join(path.read_text() for path in READ if "vendor" not in path.parts)
    named = [one["file"] for one in json.loads((SITE / "static/vendor/MANIFEST.json").read_text())]

    assert [name for name in named if "LICENCE" not in name and f"vendor/{name}" not in ours] == []


def test_it_notices_an_altered_a_missing_and_a_stray_file(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    for folder in ("scripts", "src/hearthlight/site/static/vendor", "tests/pages/vendor"):
        shutil.copytree(ROOT / folder, copy / folder)
    kept = copy / "src/hearthlight/site/static/vendor"

    assert checked(copy).returncode == 0

    (kept / "idiomorph.js").write_text("altered")
    (kept / "atkinson-latin.woff2").unlink()
    (kept / "stray.js").touch()
    told = checked(copy)

    assert told.returncode == 1
    for words in ("stray.js is in no manifest", "idiomorph.js is not the file", "atkinson-latin.woff2 is missing"):
        assert words in told.stdout


def checked(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, project / "scripts/vendor-assets", "--check"], check=False, capture_output=True, text=True
    )


def test_it_writes_no_registry_into_the_lock_file() -> None:
    lock = (SITE / "assets/package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert '"integrity"' in lock

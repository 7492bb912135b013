"""One house and one browser for all page tests."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
AXE = (Path(__file__).parent / "vendor" / "axe.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class House:
    """The running server, and how to make something happen in it."""

    process: subprocess.Popen[str]
    ids: dict[str, Any]
    sessions: dict[str, str]
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def do(self, name: str, **given: Any) -> Any:
        return self._post("/__do__/", {"do": name, **given})["answer"]

    def drop(self) -> None:
        """The line breaks: every open stream ends."""
        self._post("/__drop__/", {})

    def trouble(self, text: str | None) -> None:
        self._post("/__trouble__/", {"text": text})

    def _post(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        asked = urllib.request.Request(self.url + path, json.dumps(given).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)

    def freeze(self) -> None:
        """The line goes dead: connections stay open and nothing comes."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


def start_house(home: Path) -> House:
    environ = os.environ | {
        "HEARTHLIGHT_HOME": str(home), "HEARTHLIGHT_DATABASE": "sqlite", "HEARTHLIGHT_SECOND_FACTOR": "true",
        "DJANGO_SETTINGS_MODULE": "hearthlight.runtime.django_settings", "HEARTHLIGHT_ADDRESS": "http://localhost",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.pages.house", "0"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    assert line, "the house did not start: see its error above"
    return House(process, **json.loads(line))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = start_house(tmp_path_factory.mktemp("house"))
    yield house
    house.thaw()
    house.process.terminate()
    house.process.wait(10)


@dataclass
class Watched:
    """A page, with everything it did that a page of ours must not do."""

    page: Page
    wrong: list[str] = field(default_factory=list)


def open_context(browser: Browser, house: House, who: str, **options: Any) -> BrowserContext:
    given = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "timezone_id": "Europe/London"}
    context = browser.new_context(**(given | options))
    if who:
        context.add_cookies([{"name": "sessionid", "value": house.sessions[who], "url": house.url}])
    return context


def watch(context: BrowserContext, house: House) -> Watched:
    """A new page of `context` that notes console errors, refusals by the CSP and requests to anywhere else."""
    watched = Watched(context.new_page())
    page, wrong = watched.page, watched.wrong
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((house.url, "data:")) else wrong.append(f"asked {asked.url}"),
    )
    return watched


def wrong_by_axe(tab: Page, rules: list[str]) -> list[str]:
    """What axe finds. It is put in from outside the page, so the page's CSP stays as it is."""
    if not tab.evaluate("Boolean(window.axe)"):
        tab.evaluate(AXE)
    found = tab.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})" for one in found["violations"] for node in one["nodes"]
    ]

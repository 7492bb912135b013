"""Willow House as the real process, on a clock ten times as fast, with no story playing: the tests bring the night."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Browser, Page

from hearthlight.runtime.bench.rig import free_port
from hearthlight.runtime.demo.house import PASSWORD

SPEED = 10.0
START = "03:10"


@dataclass
class Willow:
    """The running house, and everybody's credentials."""

    url: str
    mqtt: int
    known: dict[str, Any]
    home: Path

    def device(self, name: str, secret: str) -> mqtt.Client:
        """A device's own connection, by a client nobody here wrote."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name)
        client.username_pw_set(name, secret)
        client.connect("127.0.0.1", self.mqtt)
        client.loop_start()
        return client

    def sign_in(self, browser: Browser, login: str, *, width: int = 390) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, locale="en-GB", timezone_id="Europe/London", color_scheme="dark"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(self.url)
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form button[type=submit]").first.click()
        page.get_by_role("heading", name="Rowan unit").first.wait_for()
        return page


@pytest.fixture(scope="module")
def willow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Willow]:
    home = tmp_path_factory.mktemp("willow")
    known = home / "known.json"
    web, door = free_port(), free_port()
    environ = {
        **os.environ, "HEARTHLIGHT_HOME": str(home / "home"), "HEARTHLIGHT_PORT": str(web), "HEARTHLIGHT_MQTT_PORT": str(door),
        "HEARTHLIGHT_DATABASE": "sqlite", "HEARTHLIGHT_SECOND_FACTOR": "false",
    }  # fmt: skip
    command = [sys.executable, "-m", "hearthlight.runtime.cli", "_play", str(SPEED), START, "--empty-night", str(known)]
    process = subprocess.Popen(command, env=environ)
    deadline = time.monotonic() + 120
    while not known.exists() or not known.read_text().endswith("}"):
        assert process.poll() is None and time.monotonic() < deadline, "the house did not start"
        time.sleep(0.05)
    yield Willow(f"http://127.0.0.1:{web}", door, json.loads(known.read_text()), home / "home")
    process.terminate()
    process.wait(timeout=20)

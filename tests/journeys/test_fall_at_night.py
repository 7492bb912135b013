"""03:12. Ada falls. The golden journey's first legs, with nothing mocked: a real device's frames over real MQTT, the real
process, and three real phones."""

import itertools
import re
import time
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Browser, Page, expect

from hearthlight.runtime.demo.house import ADA
from hearthlight.runtime.demo.night import Recording, recordings
from hearthlight.sensors.families.wearable.frame import Frame, pack
from tests.journeys.conftest import SPEED, Willow

AXE = (Path(__file__).parents[1] / "pages" / "vendor" / "axe.js").read_text()
HEADLINE = "Ada may have fallen, room 7"
STILL_S = 6  # before and after the fall, s
PLAIN = 60_000  # ms of patience on a busy machine


class Wearable:
    """Ada's wearable: frames of one second each, as fast as the house's clock runs. It does not know the time."""

    def __init__(self, willow: Willow) -> None:
        self.name, secret = willow.known["wearables"][str(ADA)]
        self.client = willow.device(self.name, secret)
        self.numbers = itertools.count(1)

    def lie(self, seconds: int, posture: np.ndarray) -> None:
        for _ in range(seconds):
            self._send(20.0, np.tile(posture, (20, 1)).astype(np.int16))

    def fall(self, recording: Recording) -> None:
        step = int(recording.rate_hz)
        for start in range(0, len(recording.acc) - step, step):
            self._send(recording.rate_hz, recording.acc[start : start + step])

    def _send(self, rate_hz: float, acc: np.ndarray) -> None:
        told = self.client.publish(f"hearthlight/{self.name}/up", pack(Frame(next(self.numbers), 1, 0, rate_hz, acc)), qos=1)
        time.sleep(1 / SPEED)
        assert told.rc == mqtt.MQTT_ERR_SUCCESS


def accessible(page: Page) -> None:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_fall_at_night_from_the_wrist_to_the_timeline(willow: Willow, browser: Browser) -> None:
    # Given Nia on the unit, Sam the senior and Olu on call, each with the board open on a phone
    nia, sam, olu = (willow.sign_in(browser, login) for login in ("nia", "sam", "olu"))
    expect(nia.get_by_text(HEADLINE)).to_have_count(0)

    # When Ada falls, wearing a sensor on her wrist
    recording = next(r for r in recordings() if r.is_fall and r.position == "wrist")
    wearable = Wearable(willow)
    wearable.lie(STILL_S, recording.acc[:5].mean(axis=0))
    wearable.fall(recording)
    wearable.lie(STILL_S, recording.acc[-5:].mean(axis=0))

    # Then Nia's phone says so, and calls her, without being touched
    expect(nia.get_by_role("link", name=HEADLINE).first).to_be_visible(timeout=PLAIN)
    expect(nia).to_have_title(re.compile(r"\(1\)"), timeout=PLAIN)
    accessible(nia)

    # And when nobody answers for a minute, Sam is called, and Olu a minute later
    expect(sam).to_have_title(re.compile(r"\(1\)"), timeout=PLAIN)
    expect(olu).to_have_title(re.compile(r"\(1\)"), timeout=PLAIN)

    # When Sam says he is going, Nia sees it at once
    sam.locator("#called-link").click()
    expect(sam.get_by_role("heading", name=HEADLINE)).to_be_visible()
    expect(sam.get_by_text("What is usual")).to_be_visible()
    expect(sam.locator("svg").filter(has_text="g").first).to_be_visible()
    accessible(sam)
    sam.get_by_role("button", name="I’m going").click()
    expect(nia.get_by_text("Sam Adeyemi").first).to_be_visible(timeout=PLAIN)

    # And when Nia presses too, she reads who has it, and Sam keeps it
    nia.goto(sam.url)
    expect(nia.get_by_text("Sam Adeyemi").first).to_be_visible()

    # When Sam is there, and has said what he found
    sam.get_by_role("button", name="I’m here").click()
    sam.get_by_role("link", name="Close").first.click()
    accessible(sam)
    for answer in ("TRUE", "ON_FLOOR", "yes", "FAMILY"):
        sam.locator(f"input[value={answer}]").check()
    sam.locator("form.answers button[type=submit]").click()

    # Then it is closed, the budget has it as true, and Ada's page tells the story to whoever may read it
    expect(sam.get_by_text(re.compile("Closed|closed")).first).to_be_visible()
    sam.goto(f"{willow.url}/people/{willow.known['persons'][str(ADA)]}/")
    expect(sam.get_by_role("link", name=HEADLINE).first).to_be_visible()
    expect(sam.get_by_text(re.compile("closed by Sam Adeyemi")).first).to_be_visible()
    accessible(sam)
    wearable.client.loop_stop()

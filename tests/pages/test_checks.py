"""A full set of vital signs with one thumb, on a phone, and with a network that comes and goes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import House, Watched, open_context, watch

pytestmark = pytest.mark.browser
MOST_TAPS = 26  # with a breath between taps, under half a minute
NUMBERS = {
    "RESPIRATION": "22", "SATURATION": "93", "SYSTOLIC": "118", "DIASTOLIC": "70", "PULSE": "95", "TEMPERATURE": "384",
}  # fmt: skip


@pytest.fixture
def phone(browser: Browser, house: House) -> Iterator[Watched]:
    context = open_context(browser, house, "nia", has_touch=True, is_mobile=True, reduced_motion="reduce")
    yield watch(context, house)
    context.close()


def enter(tab: Page, house: House) -> int:
    """Tap a whole set in; returns how many taps that took. Only what is on the screen is tapped, in its order."""
    tab.goto(f"{house.url}/people/{house.ids['person']}/checks/vitals/")
    taps = 0
    for name, digits in NUMBERS.items():
        expect(tab.locator(f"[name={name}]")).to_be_focused()
        for digit in digits:
            tab.locator(f'[data-key="{digit}"]').tap()
            taps += 1
        if name == "SATURATION":
            tab.locator("label", has_text=re.compile("^Air$")).tap()
            taps += 1
        if name == "PULSE":
            tab.locator("label", has_text=re.compile("^Alert$")).tap()
            taps += 1
    return taps


def test_it_takes_a_whole_set_with_one_thumb_and_few_taps(phone: Watched, house: House) -> None:
    taps = enter(phone.page, house)
    expect(phone.page.locator("[name=TEMPERATURE]")).to_have_value("38.4")
    expect(phone.page.locator("#pad")).to_be_hidden()

    phone.page.locator("#save").tap()

    expect(phone.page.locator(".came-to__headline")).to_have_text("NEWS2 6")
    expect(phone.page.locator(".came-to")).to_contain_text("Up 5 from Ada’s usual 1.")
    assert taps + 1 <= MOST_TAPS
    assert phone.wrong == []


def test_it_waits_for_the_network_and_then_sends_once(phone: Watched, house: House) -> None:
    tab = phone.page
    enter(tab, house)
    before = house.do("count_checks")

    tab.context.set_offline(True)
    tab.locator("#save").tap()
    expect(tab.locator("[data-waiting]")).to_contain_text("Not saved yet")
    expect(tab.locator("#save")).to_be_disabled()
    tab.context.set_offline(False)

    expect(tab.locator(".came-to__headline")).to_have_text("NEWS2 6", timeout=20_000)
    assert house.do("count_checks") == before + 1


def test_it_asks_again_on_the_same_page_and_keeps_what_was_typed(phone: Watched, house: House) -> None:
    tab = phone.page
    enter(tab, house)
    tab.locator("[name=PULSE]").fill("29")
    tab.locator("[name=TEMPERATURE]").fill("")

    tab.locator("#save").tap()

    expect(tab.locator(".asked")).to_contain_text("Pulse 29 beats a minute is right")
    expect(tab.locator("[name=RESPIRATION]")).to_have_value("22")
    tab.locator("label", has_text="is right").tap()
    tab.locator("label", has_text="They did not want it").tap()
    tab.locator("#save").tap()
    expect(tab.locator(".came-to__headline")).to_contain_text("No NEWS2 total, at least")


def test_it_marks_the_body_where_it_is_touched(phone: Watched, house: House) -> None:
    tab = phone.page
    tab.goto(f"{house.url}/people/{house.ids['person']}/checks/skin/")

    box = tab.locator('svg[data-view="BACK"]').bounding_box()
    tab.touchscreen.tap(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 196 / 440)

    expect(tab.locator("[name=area_0]")).to_have_value("SACRUM")

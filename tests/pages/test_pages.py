"""Every page there is, in a real Chromium: by day and by night, on a phone and on a desk, by thumb and by keyboard."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.pages.addresses import NOT_PAGES, PAGES, Page, addresses
from tests.pages.conftest import RULES, House, Watched, open_context, watch, wrong_by_axe

pytestmark = pytest.mark.browser
WIDTHS = (390, 1280)
THUMB = 48  # px
SHOTS = os.environ.get("HEARTHLIGHT_SHOTS")  # a folder to leave pictures in, for eyes
ALL = [page for pages in PAGES.values() for page in pages]

SMALL_TARGETS = """() => [...document.querySelectorAll(
  'button, .button, .nav a, select, summary, a.row, a.tile, .units a, input:not([type=hidden], [type=checkbox], [type=radio]), .choice')]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < THUMB - 0.5)
  .map(one => `${one.outerHTML.slice(0, 80)} is ${one.getBoundingClientRect().height} px high`)"""
REACHABLE = """() => [...document.querySelectorAll(
  'a[href], button:not([disabled]), input:not([type=hidden], [disabled]), select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length)
  .map((one, number) => { one.dataset.reach = number; return one.type === 'radio' ? `radio:${one.name}` : String(number); })"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shown = one.closest('.choice') ?? one;
  const box = shown.getBoundingClientRect();
  const style = getComputedStyle(shown);
  const x = Math.min(Math.max(box.x + Math.min(box.width / 2, 20), 1), innerWidth - 1);
  const isSeen = [box.y + 4, box.y + box.height / 2, box.y + box.height - 4].some(y => {
    const top = document.elementFromPoint(x, y);
    return top && (shown.contains(top) || top.contains(shown));
  });
  return {
    number: one.type === 'radio' ? `radio:${one.name}` : one.dataset.reach ?? '', html: one.outerHTML.slice(0, 100),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    covered: !isSeen,
  };
}"""

SEND = """address => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: address});
  form.append(Object.assign(document.createElement('input'), {name: 'csrfmiddlewaretoken', value: document.body.dataset.csrf}));
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def tab(browser: Browser, house: House, request: pytest.FixtureRequest) -> Iterator[Watched]:
    context = open_context(browser, house, request.param.who, reduced_motion="reduce")
    yield watch(context, house)
    context.close()


def opened(watched: Watched, house: House, page: Page) -> Tab:
    address = house.url + page.path.format(**house.ids)
    watched.page.route("**/sw.js", lambda route: route.abort())  # the offline page leaves once it finds a connection
    watched.page.goto(house.url + "/more/" if page.is_sent else address, wait_until="load")
    if page.is_sent:
        with watched.page.expect_navigation(wait_until="load"):
            watched.page.evaluate(SEND, address)
    watched.page.wait_for_timeout(350)
    return watched.page


def dress(tab: Tab, look: str) -> None:
    tab.evaluate("look => { document.documentElement.dataset.lookWish = look; document.documentElement.dataset.look = look; }", look)


def name_of(page: Page) -> str:
    return re.sub(r"\W+", "-", f"{page.path}-{page.who}").strip("-") or "board"


def test_it_knows_every_address() -> None:
    known = PAGES.keys() | NOT_PAGES.keys()

    assert addresses() - known == set(), "say in addresses.py how to open these, or why they are no pages"
    assert known - addresses() == {"/nowhere/"}


@pytest.mark.parametrize(("tab", "page"), [(page, page) for page in ALL], indirect=["tab"], ids=map(name_of, ALL))
def test_it_can_be_read_by_everyone(tab: Watched, house: House, page: Page) -> None:
    """axe at both widths by day and by night; nothing wider than the screen; no word to the outside; no CSP refusal."""
    shown = opened(tab, house, page)
    wrong = []
    for width in WIDTHS:
        shown.set_viewport_size({"width": width, "height": 844})
        for look in ("light", "dark"):
            dress(shown, look)
            if SHOTS:
                shown.screenshot(path=f"{SHOTS}/{name_of(page)}-{width}-{look}.png", full_page=width == 1280)
            rules = RULES if look == "light" else ["color-contrast"]  # by night only the colours differ
            wrong += [f"{width} {look}: {one}" for one in wrong_by_axe(shown, rules)]
    for width in (1280, 640, 390, 320):  # 640 is 1280 at 200 %; 320 is 1280 at 400 %
        shown.set_viewport_size({"width": width, "height": 844})
        reach = shown.evaluate("document.documentElement.scrollWidth")
        if reach > width:
            wrong.append(f"at {width} px it is {reach} px wide")

    meant = {"/nowhere/": "404", "/audit/": "403", "/oauth/authorize?client_id=nobody": "400"}  # the browser tells of these
    expected = [one for one in tab.wrong if meant.get(page.path, "nothing") not in one]
    assert wrong + expected == []


@pytest.mark.parametrize(("tab", "page"), [(page, page) for page in ALL], indirect=["tab"], ids=map(name_of, ALL))
def test_it_can_be_used_by_thumb_and_by_keyboard(tab: Watched, house: House, page: Page) -> None:
    """Targets of 48 px; Tab reaches all there is, shows where it is, and never behind a bar."""
    shown = opened(tab, house, page)
    shown.keyboard.press("Shift")  # the first key allows sound, and the bar that asks for it goes
    shown.wait_for_timeout(150)
    small = shown.evaluate(SMALL_TARGETS.replace("THUMB", str(THUMB)))
    wanted = set(shown.evaluate(REACHABLE))
    shown.evaluate("document.activeElement?.blur()")
    reached, wrong = set(), []
    for _ in range(len(wanted) * 2 + 10):
        shown.keyboard.press("Tab")
        now = shown.evaluate(FOCUSED)
        if now is None:
            break
        reached.add(now["number"])
        wrong += [f"{fault}: {now['html']}" for fault in ("covered",) if now[fault]]
        wrong += [] if now["outlined"] else [f"no visible focus: {now['html']}"]
        if wanted <= reached:
            break

    assert small == []
    assert wrong == []
    assert wanted - reached == set(), f"of {len(wanted)}"

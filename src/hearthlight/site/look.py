"""Light or dark: what the reader wished for, else dark at night."""

from dataclasses import dataclass
from datetime import datetime, time

from django.http import HttpRequest
from django.utils import timezone

COOKIE = "look"
WISHES = ("auto", "light", "dark")
NIGHT_FROM, NIGHT_UNTIL = time(20), time(7)  # local; the night shift, and eyes that must stay used to the dark


@dataclass(frozen=True, slots=True)
class Look:
    """`wish` is the switch on /more/; `shown` what the page starts with: light, dark, or auto (as the phone is set)."""

    wish: str
    shown: str


def is_night(at: datetime) -> bool:
    local = timezone.localtime(at).time()
    return local >= NIGHT_FROM or local < NIGHT_UNTIL


def look_of(request: HttpRequest, *, at: datetime | None) -> Look:
    wish = request.COOKIES.get(COOKIE, "auto")
    if wish not in WISHES:
        wish = "auto"
    if wish == "auto" and at is not None and is_night(at):
        return Look(wish, "dark")
    return Look(wish, wish)

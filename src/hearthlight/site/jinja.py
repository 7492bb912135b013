"""The Jinja2 environment every page shares, and what the frame shows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import json_script
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from hearthlight.core import clock
from hearthlight.site.look import look_of

ONE_NIGHT = timedelta(hours=10)


def environment(**options: Any) -> Environment:
    options["undefined"] = StrictUndefined
    env = Environment(autoescape=True, extensions=["jinja2.ext.i18n"], **{k: v for k, v in options.items() if k != "autoescape"})  # noqa: S701
    env.globals.update({
        "static": static, "asset": asset, "url": reverse, "bool": bool,
        "when_words": when_words, "age_words": age_words, "here": here,
    })
    env.filters.update({"described_by": described_by, "with_class": with_class, "when": when_words, "json_script": json_script})
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return env


def frame(request: HttpRequest) -> dict[str, Any]:
    """What frame.html needs on every page. Set by site.middleware; absent on a page that failed before it ran."""
    at = getattr(request, "at", None)
    return {
        "viewer": getattr(request, "viewer", None),
        "at": at,
        "live_since": getattr(request, "live_since", 0),
        "look": look_of(request, at=at),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }


@cache
def asset(name: str) -> str:
    """A static file's address with its content in it: an upgraded page is never shown with yesterday's files."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return f"{static(name)}?v={sha256(Path(found).read_bytes()).hexdigest()[:10]}"


def when_words(moment: datetime) -> str:
    """`moment` as a carer would say it now: 03:05, yesterday 22:10, 12 Nov 03:05, 12 Nov 2025. Within a night the
    evening before is not "yesterday"."""
    now = clock.now()
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    if local.date() == today or timedelta() <= now - moment <= ONE_NIGHT:
        return f"{local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"yesterday {local:%H:%M}"
    if local.date() == today + timedelta(days=1):
        return f"tomorrow {local:%H:%M}"
    day = f"{local.day} {local:%b}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


def age_words(moment: datetime) -> str:
    """How long ago `moment` was, as live.js also says it."""
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    if seconds < 60:
        return "just now" if seconds < 10 else f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 24 else f"{hours // 24} d"


@pass_context
def here(context: Context, href: str) -> bool:
    """Is the page shown under this entry of the navigation?"""
    request = context.get("request")
    return bool(request) and (request.path == href or (href != "/" and request.path.startswith(href)))


def described_by(attrs: Mapping[str, str], ids: str, is_wrong: bool) -> dict[str, str]:
    given = dict(attrs)
    if ids.strip():
        given["aria-describedby"] = ids.strip()
    if is_wrong:
        given["aria-invalid"] = "true"
    return given


def with_class(attrs: Mapping[str, str], name: str) -> dict[str, str]:
    return {**attrs, "class": f"{attrs.get('class', '')} {name}".strip()}

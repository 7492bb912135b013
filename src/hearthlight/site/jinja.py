"""The Jinja2 environment every page shares, and what the frame shows."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    options["undefined"] = StrictUndefined
    env = Environment(autoescape=True, extensions=["jinja2.ext.i18n"], **{k: v for k, v in options.items() if k != "autoescape"})  # noqa: S701
    env.globals.update({"static": static, "url": reverse})
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return env


def frame(request: HttpRequest) -> dict[str, Any]:
    return {"viewer": getattr(request, "viewer", None), "csp_nonce": getattr(request, "csp_nonce", "")}

"""Ways to tell people, found by looking into this folder; there is no list to keep up to date."""

import pkgutil
from functools import cache
from importlib import import_module

from hearthlight.response.types import Channel


@cache
def all_channels() -> dict[str, Channel]:
    """Name to channel, in order of name."""
    found: dict[str, Channel] = {}
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = import_module(info.name)
        if module.NAME in found:
            raise ValueError(f"Two channels call themselves {module.NAME}.")
        found[module.NAME] = module.Channel()
    return dict(sorted(found.items()))


def instant() -> dict[str, Channel]:
    return {name: channel for name, channel in all_channels().items() if channel.is_instant}


def slow() -> dict[str, Channel]:
    return {name: channel for name, channel in all_channels().items() if not channel.is_instant}

"""Every entry there is, found by looking: each file beside this one lists its own in `ENTRIES`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from hearthlight.record.entries.types import Entry


@cache
def entries() -> Mapping[str, Entry]:
    """By key, in the order of the files' names and of the lists in them."""
    found: dict[str, Entry] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        for entry in getattr(importlib.import_module(f"{__name__}.{module.name}"), "ENTRIES", ()):
            found[entry.key] = entry
    return found

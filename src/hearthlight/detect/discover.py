"""Finds the detectors over rooms by looking into this folder; there is no list to keep up to date."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

# A module that has all of these, its detector answering to the contract's verbs, is a detector over a room.
PARTS = ("NAME", "Settings", "Detector")
VERBS = ("feed", "tick", "due_at", "snapshot", "restore")
PACKAGE = "hearthlight.detect"


@cache
def room_detectors() -> dict[str, ModuleType]:
    """Name to module, in order of name.

    >>> room_detectors()["pull_cord"].NAME
    'pull_cord'
    """
    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(import_module(PACKAGE).__path__, f"{PACKAGE}."):
        if info.ispkg:
            continue
        module = import_module(info.name)
        if not is_room_detector(module):
            continue
        if module.NAME in found:
            raise ValueError(f"Two detectors call themselves {module.NAME}.")
        found[module.NAME] = module
    return dict(sorted(found.items()))


def is_room_detector(module: ModuleType) -> bool:
    if not all(hasattr(module, part) for part in PARTS):
        return False
    return all(callable(getattr(module.Detector, verb, None)) for verb in VERBS)

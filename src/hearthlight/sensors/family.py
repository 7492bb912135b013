"""What a family of devices is, and how families are found: by looking in `families/`, never by a list."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

from hearthlight.sensors import families
from hearthlight.sensors.types import Decoded, DeviceFacts


class Malformed(Exception):  # noqa: N818 — what it is, not what it does
    """A payload its family cannot read. `code` is a fixed word, safe to log; it never quotes the payload."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Decode(Protocol):
    """Pure: the same bytes give the same answer, and anything unreadable raises `Malformed`. `at` is the arrival."""

    def __call__(self, *, device: DeviceFacts, topic: str, payload: bytes, at: float) -> Decoded: ...


def no_topics(base: str, device: DeviceFacts) -> tuple[str, ...]:  # noqa: ARG001 — a family without a bridge
    return ()


def owns_nothing(base: str, topic: str) -> bool:  # noqa: ARG001 — a family without a bridge
    return False


@dataclass(frozen=True, slots=True)
class Family:
    """One family of devices.

    A family without `base` has devices with credentials of their own, publishing on `hearthlight/<device-id>/up`. A
    family with one has bridges with credentials, publishing under `<base>/`, whose devices are told apart by topic.
    """

    name: str
    title: str
    decode: Decode
    keep: timedelta
    """How long a message is kept: what its detectors need to be rebuilt after a stop, and no longer."""
    silent_after: timedelta
    """When silence of such a device is an alert, unless enrolment says otherwise."""
    base: str = ""
    bridge_silent_after: timedelta = timedelta(minutes=30)
    also_publishes: str = ""
    """A second prefix its bridges may publish under, shared by all of them (Home Assistant's discovery)."""
    subscribes: tuple[str, ...] = ()
    """Topics outside its base that its bridges may listen to."""
    topics_of: Callable[[str, DeviceFacts], tuple[str, ...]] = no_topics
    """(base, bridged device) -> the topics that are its own."""
    owns: Callable[[str, str], bool] = owns_nothing
    """(base, topic) -> is it about the bridge itself?"""

    @property
    def is_bridged(self) -> bool:
        return bool(self.base)


@cache
def found() -> Mapping[str, Family]:
    """Every family in `families/`, by name. Each folder has a `family.py` with a `FAMILY`."""
    names = sorted(module.name for module in pkgutil.iter_modules(families.__path__) if module.ispkg)
    return {name: importlib.import_module(f"{families.__name__}.{name}.family").FAMILY for name in names}

"""Text messages. The port is here; a provider is one small class named by the setting `sms` (a dotted path).

    class MyProvider:
        def send(self, *, to: str, text: str) -> None: ...   # or raise ChannelError

Until there is one, the null provider says so on every message it is given, so that nobody believes a text went out.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from hearthlight.people.types import StaffFacts
from hearthlight.response.types import ChannelError, Notice

NAME = "sms"


class Provider(Protocol):
    def send(self, *, to: str, text: str) -> None: ...


class NullProvider:
    """No SMS provider configured."""

    def send(self, *, to: str, text: str) -> None:  # noqa: ARG002 — it sends nothing, by design
        raise ChannelError("NO_SMS_PROVIDER", permanent=True)


class Channel:
    is_instant = False

    def __init__(self, provider: Provider | None = None) -> None:
        self._provider = provider

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:
        """Only for what is urgent: each one costs money and wakes somebody."""
        return staff is None or not notice.address.phone or notice.severity != "URGENT"

    def send(self, notice: Notice) -> Sequence[str]:
        where = f" in {notice.unit}" if notice.unit else ""
        text = f"Hearthlight: urgent alert{where}. {settings.SITE.url}{notice.url}"
        (self._provider or configured()).send(to=notice.address.phone, text=text)
        return ()


@cache
def configured() -> Provider:
    path = settings.SITE.sms
    provider: Provider = import_string(path)() if path else NullProvider()
    return provider

"""One contract for every channel there is, and then what each really sends, to a real server."""

import base64
import json
import os
import pkgutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from hearthlight.core.models import Change
from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Role, StaffFacts
from hearthlight.response import channels
from hearthlight.response.channels import email, push, sms
from hearthlight.response.tests.sinks import MailSink, PushSink, running
from hearthlight.response.types import Address, ChannelError, Notice

OLU = StaffFacts(3, 3, "Olu Bello", Role.ON_CALL, "olu@example.org", "07700900123")
NAMES = ("Ada", "Okafor", "Room 7", "room 7")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """The far end of web push: keys as a browser makes them, and the reading of what arrives."""

    def __init__(self, endpoint: str) -> None:
        self.key, self.auth, self.endpoint = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), endpoint

    @property
    def subscription(self) -> dict:
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": base64url(point), "auth": base64url(self.auth)}}

    def read(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))


def notice(*, at: datetime = NIGHT, **fields: object) -> Notice:
    given = Notice(
        tell_id=1, alert_id=12, staff_id=3, address=Address(), headline="Ada may have fallen, room 7",
        discreet="Possible fall, room 7.", words="Told on call (1).", severity="URGENT", url="/alerts/12/", at=at,
        path="/1/2/3/7/", staff_ids=(3,), step=2, audience="ON_CALL", unit="Rowan unit",
    )  # fmt: skip
    return replace(given, **fields)


@pytest.fixture
def mail(settings):
    with running(MailSink()) as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.server_address
        settings.EMAIL_USE_TLS = False
        settings.SITE = replace(settings.SITE, mail="smtp://sink")
        yield sink


@pytest.fixture
def pushed():
    with running(PushSink()) as sink:
        yield sink


class FakeProvider:
    def __init__(self, trouble: ChannelError | None = None) -> None:
        self.trouble, self.texts = trouble, []

    def send(self, *, to: str, text: str) -> None:
        if self.trouble:
            raise self.trouble
        self.texts.append((to, text))


class FakeChannel:
    """What tests of the sender use. It keeps the contract too."""

    is_instant = False

    def __init__(self, *troubles: ChannelError) -> None:
        self.troubles, self.sent = list(troubles), []

    def is_noop(self, staff, notice: Notice) -> bool:
        return staff is None

    def send(self, notice: Notice):
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(notice)
        return ()


# The contract

EVERY = {**channels.all_channels(), "fake": FakeChannel(), "sms with a provider": sms.Channel(FakeProvider())}


@pytest.fixture(params=sorted(EVERY))
def channel(request, monkeypatch, mail, pushed, db):
    """Every channel, each with something to send to."""
    return EVERY[request.param]


@pytest.fixture
def reachable(channel, pushed):
    address = Address("olu@example.org", "07700900123", (Browser(pushed.url).subscription,))
    return notice(address=address, staff_id=None if channel.is_instant else 3)


def test_it_finds_every_folder_and_nothing_else():
    folders = {info.name for info in pkgutil.iter_modules(channels.__path__)}

    assert set(channels.all_channels()) == folders == {"screen", "spoken", "push", "email", "sms"}
    assert set(channels.instant()) | set(channels.slow()) == folders
    assert not set(channels.instant()) & set(channels.slow())


def test_it_does_something_for_someone_it_can_reach(channel, reachable):
    assert channel.is_noop(None if channel.is_instant else OLU, reachable) is False


def test_it_does_nothing_for_the_wrong_kind_of_reader(channel, reachable):
    assert channel.is_noop(OLU if channel.is_instant else None, reachable) is True


def test_it_sends_or_says_why_not_with_a_code(channel, reachable):
    try:
        gone = channel.send(reachable)
    except ChannelError as trouble:
        assert trouble.code == trouble.code.upper()
        assert len(trouble.code) <= 120
        assert trouble.permanent in (True, False)
    else:
        assert list(gone) == []


def test_it_bears_hostile_words(channel, reachable):
    hostile = "\r\nBcc: everyone@example.org\r\n<script>alert(1)</script>\u202e" + "x" * 3000

    try:
        channel.send(replace(reachable, headline=hostile, words=hostile))
    except ChannelError as trouble:
        assert trouble.code == "NO_SMS_PROVIDER"


@pytest.mark.parametrize("name", ["push", "email", "sms"])
def test_it_does_nothing_without_an_address(name: str, mail):
    assert channels.all_channels()[name].is_noop(OLU, notice()) is True


# Screens and the corridor


def test_it_tells_screens_everything_and_the_corridor_no_name(db):
    for name in ("screen", "spoken"):
        channels.all_channels()[name].send(notice(staff_id=None))

    tell, say = (Change.objects.get(kind=kind) for kind in ("tell", "say"))
    assert tell.data == {
        "alert_id": 12, "staff": [3], "step": 2, "audience": "ON_CALL", "severity": "URGENT",
        "headline": "Ada may have fallen, room 7", "words": "Told on call (1).", "url": "/alerts/12/",
    }  # fmt: skip
    assert say.data == {"alert_id": 12, "words": "Possible fall, room 7.", "severity": "URGENT"}
    assert (tell.path, say.path) == ("/1/2/3/7/", "/1/2/3/7/")


@pytest.mark.parametrize("severity", ["SOON", "WATCH"])
def test_it_says_aloud_only_what_is_urgent(severity: str):
    assert channels.all_channels()["spoken"].is_noop(None, notice(severity=severity)) is True


# E-mail


def test_it_mails_where_and_a_link_and_no_name(mail: MailSink):
    email.Channel().send(notice(address=Address(email="olu@example.org")))

    ((to, text),) = mail.messages
    assert to == ["olu@example.org"]
    assert "Subject: Urgent alert in Rowan unit" in text and "/alerts/12/" in text
    assert not any(name in text for name in NAMES)


def test_it_keeps_a_unit_named_to_break_a_header_out_of_the_header(mail: MailSink):
    with pytest.raises(ChannelError, match="BAD_HEADER"):
        email.Channel().send(notice(address=Address(email="olu@example.org"), unit="x\nBcc: all@example.org"))

    assert mail.messages == []


@pytest.mark.parametrize(
    ("verb", "answer", "code", "permanent"),
    [("RCPT", "550 no such user", "SMTP_550", True), ("RCPT", "451 later", "SMTP_451", False),
     ("MAIL", "421 busy", "SMTP_421", False), ("END", "554 refused", "SMTP_554", True)],
)  # fmt: skip
def test_it_says_what_the_mail_server_answered(mail: MailSink, verb: str, answer: str, code: str, permanent: bool):
    mail.answers[verb] = answer

    with pytest.raises(ChannelError) as caught:
        email.Channel().send(notice(address=Address(email="olu@example.org")))

    assert (caught.value.code, caught.value.permanent) == (code, permanent)


def test_it_tries_again_when_no_mail_server_answers(mail: MailSink, settings):
    settings.EMAIL_PORT = 1

    with pytest.raises(ChannelError, match="UNREACHABLE") as caught:
        email.Channel().send(notice(address=Address(email="olu@example.org")))

    assert caught.value.permanent is False


# Push


def _to(*browsers: Browser, **fields: object) -> Notice:
    return notice(address=Address(push=tuple(one.subscription for one in browsers)), **fields)


def test_it_pushes_what_only_the_browser_can_read(pushed: PushSink):
    browser = Browser(pushed.url)

    push.Channel().send(_to(browser))

    ((path, headers, body),) = pushed.requests
    assert path == "/push/a"
    assert [headers[name] for name in ("content-encoding", "ttl", "urgency", "topic")] == ["aes128gcm", "600", "high", "alert-12"]
    assert b"Rowan" not in body
    assert browser.read(body) == {
        "headline": "Urgent alert in Rowan unit", "words": "Open Hearthlight to see who and where.", "url": "/alerts/12/",
        "severity": "URGENT", "alert_id": 12,
    }  # fmt: skip


def test_it_signs_for_this_push_service_only(pushed: PushSink):
    push.Channel().send(_to(Browser(pushed.url)))

    authorization = pushed.requests[0][1]["authorization"]
    assert Vapid02.verify(authorization)
    claims = json.loads(base64.urlsafe_b64decode(authorization.split("t=")[1].split(".")[1] + "=="))
    assert claims["aud"] == pushed.url.removesuffix("/push/a")
    assert claims["sub"].startswith("mailto:")


def test_it_names_the_person_only_where_a_setting_allows(pushed: PushSink, settings):
    settings.SITE = replace(settings.SITE, push_names=True)
    browser = Browser(pushed.url)

    push.Channel().send(_to(browser))

    assert browser.read(pushed.requests[0][2])["headline"] == "Ada may have fallen, room 7"


@pytest.mark.parametrize(
    ("status", "code", "permanent", "is_gone"),
    [(404, "HTTP_404", True, True), (410, "HTTP_410", True, True), (413, "HTTP_413", True, False),
     (429, "HTTP_429", False, False), (503, "HTTP_503", False, False)],
)  # fmt: skip
def test_it_says_what_the_push_service_answered(pushed: PushSink, status: int, code: str, permanent: bool, is_gone: bool):
    pushed.status = status

    with pytest.raises(ChannelError) as caught:
        push.Channel().send(_to(Browser(pushed.url)))

    assert (caught.value.code, caught.value.permanent) == (code, permanent)
    assert caught.value.gone == ((pushed.url,) if is_gone else ())


def test_it_follows_no_redirect(pushed: PushSink):
    pushed.status, pushed.headers = 302, {"Location": "/inside"}

    with pytest.raises(ChannelError, match="HTTP_302"):
        push.Channel().send(_to(Browser(pushed.url)))

    assert [path for path, _, _ in pushed.requests] == ["/push/a"]


def test_it_is_sent_when_one_of_several_browsers_took_it(pushed: PushSink):
    with running(PushSink()) as other:
        other.status = 410

        gone = push.Channel().send(_to(Browser(other.url), Browser(pushed.url)))

    assert gone == (other.url,)
    assert len(pushed.requests) == 1


def test_it_forgets_a_browser_whose_keys_cannot_be_right(pushed: PushSink):
    broken = {"endpoint": pushed.url, "keys": {"p256dh": "AAAA", "auth": "AAAA"}}

    with pytest.raises(ChannelError, match="BAD_KEYS") as caught:
        push.Channel().send(notice(address=Address(push=(broken,))))

    assert caught.value.gone == (pushed.url,)
    assert pushed.requests == []


def test_it_makes_its_key_once_and_keeps_it_to_itself(settings, tmp_path: Path):
    settings.HOME = tmp_path
    push.key.cache_clear()
    first = push.public_key()
    push.key.cache_clear()

    assert push.public_key() == first
    assert len(base64.urlsafe_b64decode(first + "=")) == 65
    assert (tmp_path / push.KEY_FILE).stat().st_mode & 0o777 == 0o600
    push.key.cache_clear()


# Texts


def test_it_texts_a_number_without_a_name():
    provider = FakeProvider()

    sms.Channel(provider).send(notice(address=Address(phone="07700900123")))

    ((to, text),) = provider.texts
    assert to == "07700900123"
    assert text.startswith("Hearthlight: urgent alert in Rowan unit. ") and len(text) <= 160
    assert not any(name in text for name in NAMES)


def test_it_says_that_there_is_no_provider_rather_than_nothing():
    with pytest.raises(ChannelError, match="NO_SMS_PROVIDER") as caught:
        sms.Channel().send(notice(address=Address(phone="07700900123")))

    assert caught.value.permanent is True


def test_it_takes_the_provider_a_setting_names(settings):
    settings.SITE = replace(settings.SITE, sms="hearthlight.response.tests.test_channels.FakeProvider")
    sms.configured.cache_clear()

    assert type(sms.configured()).__name__ == "FakeProvider"
    sms.configured.cache_clear()

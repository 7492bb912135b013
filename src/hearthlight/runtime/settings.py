"""Every setting, typed, from the environment. `hearthlight doctor` prints what each one is and means."""

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

LAST_PORT = 65535  # every number we are given is a port


@dataclass(frozen=True, slots=True)
class Settings:
    """One home's box. Each field is the environment variable HEARTHLIGHT_<NAME>, documented in docs/run/settings.md."""

    home: Path = field(default=Path(".hearthlight"), metadata={"help": "folder for databases, keys and backups"})
    database: str = field(default="sqlite", metadata={"help": "sqlite, or postgresql://user:password@host/name", "begins": ("sqlite", "postgresql://", "postgres://")})
    host: str = field(default="127.0.0.1", metadata={"help": "address the web server listens on"})
    port: int = field(default=8000, metadata={"help": "port the web server listens on"})
    address: str = field(default="", metadata={"help": "the address people type, e.g. https://willow.example; default from host and port", "begins": ("", "https://", "http://")})
    mqtt: str = field(default="embedded", metadata={"help": "embedded, or mqtt://user:password@host:port for an outside broker", "begins": ("embedded", "mqtt://", "mqtts://")})
    mqtt_host: str = field(default="127.0.0.1", metadata={"help": "address the embedded broker listens on"})
    mqtt_port: int = field(default=1883, metadata={"help": "port the embedded broker listens on"})
    tls_certificate: str = field(default="", metadata={"help": "PEM certificate chain for the web and MQTT servers"})
    tls_key: str = field(default="", metadata={"help": "PEM private key for the above"})
    second_factor: bool = field(default=True, metadata={"help": "staff must have a code app or a passkey"})
    mail: str = field(default="", metadata={"help": "smtp://user:password@host:port; empty: no e-mail is sent", "begins": ("", "smtp://")})
    mail_from: str = field(default="hearthlight@localhost", metadata={"help": "sender of e-mails"})
    push_contact: str = field(default="mailto:hearthlight@example.org", metadata={"help": "who push services may write to"})
    push_names: bool = field(default=False, metadata={"help": "notifications on phones may name the person, also on a locked screen"})
    sms: str = field(default="", metadata={"help": "class that sends text messages, e.g. ours.Provider; empty: none are sent, and alerts say so"})
    secret: str = field(default="", metadata={"help": "signing key; made and kept in the home folder when empty"})

    @property
    def url(self) -> str:
        scheme = "https" if self.tls_certificate else "http"
        return (self.address or f"{scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https://")


def load(environ: dict[str, str] | None = None) -> Settings:
    """Read settings from `environ` (default: the process's). Raises ValueError naming the variable that is wrong."""
    source = dict(os.environ) if environ is None else environ
    given: dict[str, Any] = {}
    for item in fields(Settings):
        name = f"HEARTHLIGHT_{item.name.upper()}"
        if name in source:
            given[item.name] = _parse(name, source[name], type(item.default))
            _check_beginning(name, source[name], item.metadata.get("begins", ()))
    return Settings(**given)


def _parse(name: str, text: str, kind: type) -> object:
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        raise ValueError(f"{name} must be true or false, not {text!r}")
    if kind is int:
        if not (text.isascii() and text.isdigit()) or int(text) > LAST_PORT:
            raise ValueError(f"{name} must be a whole number up to {LAST_PORT}, not {text!r}")
        return int(text)
    return Path(text) if issubclass(kind, Path) else text


def _check_beginning(name: str, text: str, allowed: tuple[str, ...]) -> None:
    """Words must be one of the allowed, addresses must begin with one. What was given is not repeated: it may hold a
    password."""
    is_right = any(text.startswith(one) if "://" in one else text == one for one in allowed)
    if allowed and not is_right:
        raise ValueError(f"{name} must be {' or '.join((one + '…' if '://' in one else one) or 'empty' for one in allowed)}")

"""Make sure somebody hears that Hearthlight itself is in trouble. Codes and counts only: never whom an alert is about."""

import logging
import os
import smtplib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from hearthlight.runtime.operations.watch import Trouble
from hearthlight.runtime.settings import Settings

log = logging.getLogger("hearthlight.watchdog")

AGAIN = timedelta(minutes=5)  # how often the same trouble is shouted about while it lasts
PATIENCE_S = 10  # for the mail server, and for the command: the next look must not wait long for either


@dataclass
class Shouter:
    """Says each trouble when it begins, again every five minutes while it lasts, and once when it is over."""

    site: Settings
    mail_to: str = ""
    command: str = ""
    _told: dict[str, datetime] = field(default_factory=dict)

    def hear(self, found: Sequence[Trouble], *, at: datetime) -> None:
        due = [trouble for trouble in found if at - self._told.get(trouble.code, at - AGAIN) >= AGAIN]
        over = self._told.keys() - {trouble.code for trouble in found}
        for trouble in due:
            self._told[trouble.code] = at
            log.critical("in trouble: %s", trouble.code)
        for code in over:
            del self._told[code]
            log.warning("over: %s", code)
        if due:
            self._tell("Hearthlight is in trouble", "\n".join(trouble.words for trouble in found))
        elif over and not found:
            self._tell("Hearthlight is well again", "Everything that was wrong is over.")

    def _tell(self, subject: str, words: str) -> None:
        if self.mail_to:
            self._mail(subject, words)
        if self.command:
            self._run(f"{subject}. {words}")

    def _mail(self, subject: str, words: str) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, self.site.mail_from, self.mail_to
        message.set_content(f"{words}\n\n{self.site.url}\n")
        server = urlsplit(self.site.mail)
        try:
            with smtplib.SMTP(server.hostname or "localhost", server.port or 587, timeout=PATIENCE_S) as line:
                if line.has_extn("starttls") or (server.port or 587) == 587:
                    line.starttls()
                if server.username:
                    line.login(unquote(server.username), unquote(server.password or ""))
                line.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.error("the e-mail could not be sent (%s)", type(error).__name__)

    def _run(self, words: str) -> None:
        """The command hears the words in HEARTHLIGHT_ALERT: a siren, a text message, whatever this site has."""
        try:
            subprocess.run(
                ["/bin/sh", "-c", self.command], check=True, timeout=PATIENCE_S,
                env={**os.environ, "HEARTHLIGHT_ALERT": words},
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            log.error("the command did not work (%s)", type(error).__name__)

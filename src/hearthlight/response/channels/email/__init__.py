"""E-mail, for those who gave an address. Slow and unsure as an alarm: it never replaces the others."""

import smtplib
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage

from hearthlight.people.types import StaffFacts
from hearthlight.response.types import ChannelError, Notice

NAME = "email"


class Channel:
    is_instant = False

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:
        """Nothing to do without a server or an address; and nobody is e-mailed about a battery at night."""
        return staff is None or not settings.SITE.mail or not notice.address.email or notice.severity == "WATCH"

    def send(self, notice: Notice) -> Sequence[str]:
        """No name in it: mail lies in mailboxes for years, and on servers that are not ours."""
        where = f" in {notice.unit}" if notice.unit else ""
        message = EmailMessage(
            subject=f"{'Urgent alert' if notice.severity == 'URGENT' else 'Alert'}{where}",
            body=f"Somebody needs you{where}.\n\nWho, where and why: {settings.SITE.url}{notice.url}\n",
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[notice.address.email],
            headers={"Auto-Submitted": "auto-generated", "X-Priority": "1"},
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise ChannelError(f"SMTP_{codes[0]}", permanent=all(code >= 500 for code in codes)) from None
        except smtplib.SMTPResponseException as answer:
            raise ChannelError(f"SMTP_{answer.smtp_code}", permanent=answer.smtp_code >= 500) from None
        except BadHeaderError:
            raise ChannelError("BAD_HEADER", permanent=True) from None
        except (smtplib.SMTPException, OSError):
            raise ChannelError("UNREACHABLE", permanent=False) from None
        return ()

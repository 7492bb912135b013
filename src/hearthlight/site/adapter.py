"""allauth's seams: nobody signs up by themselves, and what goes wrong is said kindly."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Your manager can open it again.",
        "username_password_mismatch": "The sign-in name and password do not go together. Check both and try again.",
        "too_many_login_attempts": "That was wrong a few times, so we are being careful. Wait a minute, then try again.",
        "rate_limited": "That was wrong a few times, so we are being careful. Wait a minute, then try again.",
        "enter_current_password": "That is not the password you use now.",
        "incorrect_password": "That is not your password. Try again.",
        "incorrect_code": "That code is not right, or its time ran out. Try the one the app shows now.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 — allauth's signature
        return False

    def get_client_ip(self, request: HttpRequest) -> Any:
        return request.META.get("REMOTE_ADDR", "")


class SecondFactorWords(DefaultMFAAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right, or its time ran out. Try the one the app shows now.",
    }

    def generate_authenticator_name(self, user: Any, type: str) -> str:  # noqa: A002, ARG002 — allauth's signature
        return "My phone" if not Authenticator.objects.filter(user=user, type=type).exists() else "Another device"

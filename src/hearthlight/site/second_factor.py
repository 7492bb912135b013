"""A password alone opens nothing: staff without a code app or a passkey are sent to set one up, and see nothing till then."""

from allauth.mfa.models import Authenticator
from django.conf import settings

PROOFS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one of these
OPEN_TO_ALL = ("/sign-in/", "/static/", "/sw.js", "/offline/")  # what may be asked for before it is done


def is_owed_by(user_id: int) -> bool:
    """Must this account still set up a second factor before it may see anything?"""
    if not settings.SITE.second_factor:
        return False
    return not Authenticator.objects.filter(user_id=user_id, type__in=PROOFS).exists()


def is_open(path: str) -> bool:
    return path.startswith(OPEN_TO_ALL)

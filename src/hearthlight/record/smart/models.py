"""Registered apps, who let them in for what, their tokens, and glass broken in an emergency. Each has a class Scrub.

No secret is kept: of codes, tokens and client secrets only the SHA-256. They are 256 random bits, so a plain hash is
enough; a slow one would only slow us (RFC 9700, 2.5 and 4)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hearthlight.record.smart.types import AppKind

DIGEST = 64  # hexadecimal digits of SHA-256


class App(models.Model):
    """A program that may ask for the record, let in by a manager for everyone living under one place."""

    client_id = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=80, help_text="what staff read when it asks")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value.capitalize()) for kind in AppKind])
    place = models.ForeignKey(
        "people.Place", null=True, on_delete=models.PROTECT, related_name="+",
        help_text="whose people it may be used for; empty: everyone, given on the command line only",
    )  # fmt: skip
    secret_digest = models.CharField(max_length=DIGEST, blank=True)
    redirect_uris = models.JSONField(default=list)
    launch_url = models.CharField(max_length=400, blank=True)
    scopes = models.JSONField(default=list, help_text="the most it may ever be granted")
    sections = models.JSONField(default=list, help_text="guarded parts it may open, where its user may")
    jwks = models.JSONField(null=True, help_text="its public keys, as given")
    jwks_url = models.CharField(max_length=400, blank=True, help_text="or where they are")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    suspended_at = models.DateTimeField(null=True)
    suspended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["label", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_by="") | (Q(suspended_at__isnull=False) & ~Q(suspended_by="")),
                name="app_suspended_at_and_by",
            )
        ]

    class Scrub:
        replace = ("label", "secret_digest", "redirect_uris", "launch_url", "jwks", "jwks_url")

    def __str__(self) -> str:
        return f"app:{self.pk}"


class Permit(models.Model):
    """Somebody let an app in, or an app let itself in by its key: one family of tokens, ended together. Until it is
    exchanged, the authorization code lies here too."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="permits")
    staff = models.ForeignKey("people.Staff", null=True, on_delete=models.CASCADE, related_name="+", help_text="empty: the app itself")
    user = models.ForeignKey("auth.User", null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+", help_text="whom it is about")
    scopes = models.JSONField(default=list)
    given_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="nothing of this family lives longer")
    ended_at = models.DateTimeField(null=True)
    code_digest = models.CharField(max_length=DIGEST, null=True, unique=True)
    code_ends_at = models.DateTimeField(null=True)
    code_used_at = models.DateTimeField(null=True)
    redirect_uri = models.CharField(max_length=400, blank=True)
    challenge = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="permit_ends")]

    class Scrub:
        replace = ("code_digest", "challenge", "nonce", "redirect_uri")

    def __str__(self) -> str:
        return f"permit:{self.pk}"


class Token(models.Model):
    """One access or refresh token, by its digest. A refresh token is used once; used again, its family ends."""

    permit = models.ForeignKey(Permit, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=DIGEST, unique=True)
    is_refresh = models.BooleanField(default=False)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="token_ends")]

    class Scrub:
        replace = ("digest",)

    def __str__(self) -> str:
        return f"token:{self.pk}"


class Assertion(models.Model):
    """The `jti` of a signed assertion, kept until it would have expired: none is taken twice."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=DIGEST)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["app", "digest"], name="assertion_used_once")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"assertion:{self.pk}"


class Launch(models.Model):
    """A member of staff opened an app from a person's page: what the app hands back to say so. Used once."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey("people.Staff", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=DIGEST, unique=True)
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Scrub:
        replace = ("digest",)

    def __str__(self) -> str:
        return f"launch:{self.pk}"


class Glass(models.Model):
    """Somebody opened the record of a person who is not theirs, in an emergency, and said why."""

    staff = models.ForeignKey("people.Staff", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=400)
    broken_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="when a manager said they had looked into it")
    seen_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["-broken_at"]
        indexes: ClassVar = [models.Index(fields=["staff", "ends_at"], name="glass_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True, seen_by="") | (Q(seen_at__isnull=False) & ~Q(seen_by="")),
                name="glass_seen_at_and_by",
            )
        ]

    class Scrub:
        replace = ("why",)

    def __str__(self) -> str:
        return f"glass:{self.pk}"

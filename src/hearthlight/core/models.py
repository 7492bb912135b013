"""The audit chain and the log of changes that live pages follow."""

from django.db import models


class AuditEntry(models.Model):
    """Who did or read what. Append-only, hash-chained, no foreign keys: history outlives people and devices."""

    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, help_text="kind:id of what was touched")
    person_id = models.BigIntegerField(null=True, help_text="the person whose record it is, if any")
    detail = models.JSONField(default=dict, help_text="ids and codes only, never names or values")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "-id"], name="audit_person"),
            models.Index(fields=["subject", "-id"], name="audit_subject"),
        ]

    class Scrub:
        keep = "all"  # ids only, by construction

    def __str__(self) -> str:
        return f"{self.by} {self.action} {self.subject}"


class Change(models.Model):
    """Something a live page may show has changed. Written in the same transaction as the change itself, read back
    by number, so a screen that was away asks for everything after the last number it saw."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    path = models.CharField(max_length=120, help_text="place path: who may hear of it")
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["at"], name="change_at")]

    class Scrub:
        replace = ("data",)

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.subject}"


class Heartbeat(models.Model):
    """When each part last finished a step. The watchdog, a process of its own, reads it."""

    part = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    real_at = models.DateTimeField(help_text="machine time, for a watchdog that does not share our clock")
    note = models.CharField(max_length=200, blank=True)

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return self.part

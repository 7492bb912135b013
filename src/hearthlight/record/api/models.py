"""What the API has to remember between requests: exports under way, and what subscribers are still to be told."""

from typing import ClassVar

from django.db import models

from hearthlight.record.api.states import ExportState, FeedState


class Export(models.Model):
    """One Bulk Data export. Files lie beside the database, in `exports/<key>/`, until it expires."""

    key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    app = models.CharField(max_length=40, blank=True)
    request = models.TextField(help_text="the address that was asked for")
    types = models.JSONField(help_text="types, each with its filters")
    people = models.JSONField(null=True, help_text="Patient ids whose records it may hold; null: everyone's")
    sections = models.JSONField(default=list)
    only_people = models.BooleanField(default=False, help_text="only what is about somebody (patient and group level)")
    since = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING)
    again_at = models.DateTimeField(help_text="when it is begun again, should whoever makes it die")
    made = models.JSONField(default=list, help_text="files: type and count")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "again_at"], name="export_due")]

    class Scrub:
        replace = ("request", "people", "types")

    def __str__(self) -> str:
        return f"export:{self.pk}"


class Feed(models.Model):
    """What the server knows of one Subscription, beside the resource itself."""

    fid = models.CharField(max_length=64, unique=True, help_text="the Subscription's id")
    by = models.CharField(max_length=80)
    app = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=FeedState, default=FeedState.REQUESTED)
    told = models.PositiveBigIntegerField(default=0, help_text="events since it began: the number of the newest")
    failures = models.PositiveIntegerField(default=0, help_text="tries in a row that failed")
    due_at = models.DateTimeField(help_text="not before then")
    trouble = models.CharField(max_length=80, blank=True, help_text="a code: what went wrong the last time")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="feed_due")]

    class Scrub:
        keep = "all"  # ids, numbers and codes

    def __str__(self) -> str:
        return f"feed:{self.pk}"


class Event(models.Model):
    """One thing a subscriber is told of: the version of a resource that made it so."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    type = models.CharField(max_length=40)
    fid = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["feed", "number"], name="event_number_once")]
        indexes: ClassVar = [
            models.Index(fields=["feed", "number"], condition=models.Q(sent_at=None), name="event_unsent")
        ]

    class Scrub:
        replace = ("fid",)  # an id from outside may be an NHS number

    def __str__(self) -> str:
        return f"event:{self.pk}"


NAME = "subscriptions"


class Mark(models.Model):
    """How far the record's versions have been looked at for subscribers: one row."""

    part = models.CharField(max_length=20, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.part} {self.version}"

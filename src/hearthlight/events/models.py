"""Something happened. One row for each thing noticed, once."""

from typing import ClassVar

from django.db import models

from hearthlight.events.types import EventKind


class Event(models.Model):
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in EventKind])
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Place", on_delete=models.PROTECT, related_name="+")
    device_id = models.CharField(max_length=32, blank=True)
    began_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    sureness = models.FloatField()
    sighting = models.JSONField(help_text="seen, usual, sure, silent_if, facts")
    evidence = models.JSONField(default=dict)
    key = models.CharField(max_length=120, unique=True, help_text="the same happening noticed twice is one event")
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(claimed_at__isnull=True), name="event_unclaimed"),
            models.Index(fields=["person", "-began_at"], name="event_person"),
        ]

    class Scrub:
        replace = ("sighting", "evidence")

    def __str__(self) -> str:
        return f"event:{self.pk}"


class Watch(models.Model):
    """One detector's settings for one room or person; absent means the detector's own defaults."""

    place = models.ForeignKey("people.Place", on_delete=models.CASCADE, related_name="+")
    detector = models.CharField(max_length=40)
    is_on = models.BooleanField(default=True)
    settings = models.JSONField(default=dict, help_text="only what differs from the detector's defaults")
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["place", "detector"], name="watch_once_a_place")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.place_id} {self.detector}"

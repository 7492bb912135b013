"""Someone must be told. The alert, and every move it made."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hearthlight.alerts.types import Severity, State, Truth
from hearthlight.events.types import EventKind

OPEN = ["RAISED", "TOLD", "ESCALATED", "ACCEPTED", "ATTENDED"]


class Alert(models.Model):
    event = models.OneToOneField("events.Event", on_delete=models.PROTECT, related_name="alert")
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in EventKind])
    severity = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Severity])
    concern = models.CharField(max_length=80, help_text="alerts of one concern, while one is open, are merged")
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default="RAISED")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Place", on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=120, help_text="the place's path when raised")
    began_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="when a response plan took it up")
    owner = models.ForeignKey("people.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    accepted_at = models.DateTimeField(null=True, help_text="when its present owner said they were going")
    attended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    truth = models.CharField(max_length=8, blank=True, choices=[(t.value, t.value) for t in Truth])
    found = models.CharField(max_length=40, blank=True, help_text="code of what was found")
    found_note = models.TextField(blank=True)
    people_told = models.JSONField(default=list, help_text="codes of who was told: FAMILY, GP, AMBULANCE, …")
    up_at = models.DateTimeField(null=True, help_text="when the person was off the floor; ends the long-lie clock")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["concern"], condition=Q(state__in=OPEN), name="alert_open_concern"),
            models.Index(fields=["id"], condition=Q(state__in=OPEN, started_at=None), name="alert_unstarted"),
            models.Index(fields=["path", "-raised_at"], name="alert_path"),
            models.Index(fields=["person", "-raised_at"], name="alert_person"),
            models.Index(fields=["attended_at"], name="alert_attended"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["ACCEPTED", "ATTENDED"]) | Q(owner__isnull=False), name="alert_accepted_has_owner"
            ),
            models.CheckConstraint(
                condition=Q(state="MERGED", merged_into__isnull=False) | (~Q(state="MERGED") & Q(merged_into__isnull=True)),
                name="alert_merged_has_leader",
            ),
            models.CheckConstraint(condition=~Q(state="CLOSED") | ~Q(truth=""), name="alert_closed_has_truth"),
        ]

    class Scrub:
        replace = ("found_note",)

    def __str__(self) -> str:
        return f"alert:{self.pk}"


class AlertMove(models.Model):
    """A state change: from, to, when, by whom, why. `from_state` is empty for the first; equal states note that
    something other than the state changed (a person got up)."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    class Scrub:
        replace = ("why",)

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.from_state} → {self.to_state}"


class Asked(models.Model):
    """A member of staff was asked to answer an alert. Until it is closed they may see it, wherever it is: whoever is
    called over from another unit must be able to read where to go."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="asked")
    staff = models.ForeignKey("people.Staff", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff", "alert"], name="asked_once")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.alert_id} asked {self.staff_id}"

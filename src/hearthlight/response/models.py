"""Who is told, when, how, and what they did about it."""

from typing import ClassVar

from django.db import models

from hearthlight.response.types import Phase, TellState


class Plan(models.Model):
    """The order in which people are told, for one severity in one place. The nearest place above an alert decides."""

    place = models.ForeignKey("people.Place", on_delete=models.CASCADE, related_name="+")
    severity = models.CharField(max_length=8)
    steps = models.JSONField(help_text="[{after_s, audience, repeat_s}]")
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["place", "severity"], name="plan_once_a_place")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.place_id} {self.severity}"


class Run(models.Model):
    """A plan as it stood when an alert was raised, and how far it has come. Editing the plan or the rota later does
    not change it: `steps` holds the resolved staff ids."""

    alert = models.OneToOneField("alerts.Alert", on_delete=models.CASCADE, related_name="run")
    steps = models.JSONField(help_text="[{after_s, audience, repeat_s, staff: [ids], skipped: [audiences]}]")
    phase = models.CharField(max_length=8, choices=[(p.value, p.value) for p in Phase], default="TELLING")
    base_at = models.DateTimeField(help_text="when the steps count from: the raising, or a later start anew")
    next_step = models.PositiveSmallIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, help_text="empty: nothing more to do")
    failed_at = models.DateTimeField(null=True, help_text="a fault of ours kept a step from being taken, since when")
    rounds = models.PositiveIntegerField(default=0, help_text="how often any step has been taken; never the same twice")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_due_at"], condition=models.Q(next_due_at__isnull=False), name="run_due"),
            models.Index(fields=["phase"], condition=~models.Q(phase="DONE"), name="run_going_on"),
        ]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"run:{self.pk}"


class Tell(models.Model):
    """One person told of one alert through one channel."""

    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="tells")
    step = models.PositiveSmallIntegerField()
    round = models.PositiveIntegerField(default=0, help_text="which taking of a step this was, counted over the run")
    staff = models.ForeignKey("people.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in TellState], default="WAITING")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="their screen showed it")
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=120, blank=True, help_text="code of why it was not sent")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(state="WAITING"), name="tell_waiting"),
        ]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"tell:{self.pk}"


class PushAddress(models.Model):
    """A browser that asked for web push."""

    staff = models.ForeignKey("people.Staff", on_delete=models.CASCADE, related_name="+")
    endpoint = models.TextField(unique=True)
    keys = models.JSONField()
    added_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)

    class Scrub:
        replace = ("endpoint", "keys")

    def __str__(self) -> str:
        return f"push:{self.pk}"

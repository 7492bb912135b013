"""The tables of checks. A check is never edited: it is withdrawn, with or without another in its place."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from hearthlight.checks.types import Kind, Measure

KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in Kind]
MEASURES = [(measure.value, measure.value.capitalize()) for measure in Measure]


class CheckQuerySet(models.QuerySet["Check"]):
    def standing(self) -> Self:
        """Neither corrected nor entered in error."""
        return self.filter(withdrawn_at__isnull=True)


class Check(models.Model):
    """What was observed of one person at one time, and what it came to. `result` is what was worked out and shown then:
    a later change of usual or policy does not rewrite it."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=KINDS)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)
    readings = models.JSONField(help_text="by measure or question; numbers as text, codes, lists of codes")
    result = models.JSONField(default=dict)
    total = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NEWS2; empty: not a full set")
    level = models.PositiveSmallIntegerField(default=0, help_text="which level of the policy it reached; 0: none")
    due_at = models.DateTimeField(null=True, blank=True, help_text="when the next of this kind is due, as seen then")
    note = models.TextField(blank=True)
    alert = models.ForeignKey("alerts.Alert", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=120, blank=True, help_text="empty: a page here; else who sent it")
    form_key = models.CharField(max_length=36, unique=True, help_text="one form is one check, however often it is sent")
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)
    withdrawn_why = models.TextField(blank=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-taken_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["person", "kind", "-taken_at"], name="check_person_kind"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False, withdrawn_at__isnull=True), name="check_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="", withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_why="")),
                name="check_withdrawn_at_and_by",
            ),
            models.CheckConstraint(condition=Q(taken_at__lte=models.F("recorded_at")), name="check_taken_before_recorded"),
            models.CheckConstraint(condition=Q(total__isnull=True) | Q(total__lte=20, kind="VITALS"), name="check_total_to_20"),
        ]

    class Scrub:
        replace = ("readings", "result", "note", "withdrawn_why")

    def __str__(self) -> str:
        return f"check:{self.pk}"


class Usual(models.Model):
    """What is normal for one person. Never edited: the newest row counts."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    total = models.PositiveSmallIntegerField(null=True, blank=True, help_text="their usual NEWS2; empty: not known")
    agreed_with = models.CharField(max_length=80, blank=True, help_text="the clinician who agreed to a usual of 5 or more")
    note = models.TextField(blank=True)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total__isnull=True) | Q(total__lte=20), name="usual_total_to_20")
        ]

    class Scrub:
        replace = ("total", "agreed_with", "note")

    def __str__(self) -> str:
        return f"usual:{self.pk}"


class PersonLimit(models.Model):
    """What is acceptable for one person in one measure, and who agreed it. Ended, never edited."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=16, choices=MEASURES)
    low = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    high = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    agreed_with = models.CharField(max_length=80)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["measure", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "measure"], condition=Q(ended_at__isnull=True), name="limit_once_a_measure"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="limit_ended_at_and_by",
            ),
            models.CheckConstraint(
                condition=(Q(low__isnull=False) | Q(high__isnull=False))
                & (Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=models.F("high"))),
                name="limit_low_below_high",
            ),
        ]

    class Scrub:
        replace = ("low", "high", "agreed_with")

    def __str__(self) -> str:
        return f"limit:{self.pk}"


class ScaleTwo(models.Model):
    """A clinician's decision that this person's oxygen level is judged by NEWS2's scale 2: confirmed hypercapnic
    respiratory failure and a prescribed target of 88 to 92 per cent (RCP 2017)."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=80, help_text="the clinician, by name and role")
    decided_on = models.DateField()
    evidence = models.TextField(help_text="where the decision and the prescribed target are kept")
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at__isnull=True), name="scale_two_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="scale_two_ended_at_and_by",
            ),
            models.CheckConstraint(condition=~Q(decided_by="") & ~Q(evidence=""), name="scale_two_is_decided"),
        ]

    class Scrub:
        replace = ("decided_by", "evidence")

    def __str__(self) -> str:
        return f"scale_two:{self.pk}"


class HomePolicy(models.Model):
    """What to do by score in one place; the nearest place above a person decides."""

    place = models.OneToOneField("people.Place", on_delete=models.CASCADE, related_name="+")
    policy = models.JSONField(help_text="as rules.kept_policy has it")
    agreed_with = models.CharField(max_length=80, help_text="the GP practice or board it was agreed with")
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"policy:{self.place_id}"

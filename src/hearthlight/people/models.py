"""Places, persons, staff, who works when, the circle of care, and consent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hearthlight.people.types import Basis, PlaceKind, Purpose, Role


def _choices(kind: type) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in kind]  # type: ignore[attr-defined]


class Place(models.Model):
    """An organisation, home, unit or room. `path` lists the ids from the top, `/1/4/9/`, so that a scope is a prefix."""

    kind = models.CharField(max_length=20, choices=_choices(PlaceKind))
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=120, db_index=True, blank=True)
    timezone = models.CharField(max_length=40, default="Europe/London")

    class Meta:
        ordering: ClassVar = ["path"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="place_name_unique_in_parent"),
            models.CheckConstraint(
                condition=Q(kind="ORGANISATION", parent__isnull=True) | (~Q(kind="ORGANISATION") & Q(parent__isnull=False)),
                name="place_only_organisations_are_tops",
            ),
        ]

    class Scrub:
        replace = ("name",)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Someone who is cared for."""

    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    nhs_number = models.CharField(max_length=10, null=True, blank=True, unique=True)
    born_on = models.DateField(null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="persons")
    photo = models.BinaryField(null=True, blank=True, help_text="JPEG, at most 480 px a side")
    about = models.TextField(blank=True, help_text="what matters most to know at 3 in the morning")
    moved_in_on = models.DateField(null=True, blank=True)
    moved_out_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["place__path", "family_name"]

    class Scrub:
        replace = ("given_name", "family_name", "preferred_name", "nhs_number", "born_on", "photo", "about")

    def __str__(self) -> str:
        return f"person:{self.pk}"

    @property
    def shown_name(self) -> str:
        return self.preferred_name or self.given_name


class Staff(models.Model):
    """Someone who works here: a user account with a name to call them by."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "staff"

    class Scrub:
        replace = ("name", "phone")

    def __str__(self) -> str:
        return f"staff:{self.pk}"


class Grant(models.Model):
    """A role over a place, for as long as it lasts. Standing authority; a shift gives the same for its hours."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=_choices(Role))
    place = models.ForeignKey(Place, on_delete=models.CASCADE)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.staff_id} {self.role} {self.place_id}"


class Shift(models.Model):
    """Who is on, as what, where, from when to when."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="shifts")
    role = models.CharField(max_length=20, choices=_choices(Role))
    place = models.ForeignKey(Place, on_delete=models.CASCADE)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_it_starts")
        ]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.staff_id} {self.role} {self.starts_at:%Y-%m-%d %H:%M}"


class CircleMember(models.Model):
    """Someone who may be told about a person, or see their record: a relative, friend, attorney, or staff by name."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="circle")
    staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=80, blank=True)
    relationship = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    may_be_told = models.BooleanField(default=False)
    may_see = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(staff__isnull=False) | ~Q(name=""), name="circle_member_is_someone")
        ]

    class Scrub:
        replace = ("name", "phone", "email")

    def __str__(self) -> str:
        return f"circle:{self.pk}"


class Consent(models.Model):
    """A basis for sensing one person for one purpose, somewhere, at some hours. Never edited: withdrawn and given anew."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=_choices(Purpose))
    place = models.ForeignKey(Place, null=True, blank=True, on_delete=models.PROTECT, help_text="empty: anywhere")
    from_minute = models.PositiveSmallIntegerField(default=0, help_text="local minutes after midnight")
    until_minute = models.PositiveSmallIntegerField(default=0, help_text="equal to the start: all day")
    basis = models.CharField(max_length=20, choices=_choices(Basis))
    given_by = models.CharField(max_length=80, help_text="who said yes: the person, the attorney, the decision's lead")
    evidence = models.TextField(help_text="where the form, the registration or the decision is kept")
    given_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)
    review_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)
    withdrawn_why = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-given_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                name="consent_withdrawn_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(from_minute__lt=1440, until_minute__lt=1440), name="consent_minutes_within_a_day"
            ),
        ]

    class Scrub:
        replace = ("given_by", "evidence", "withdrawn_why")

    def __str__(self) -> str:
        return f"consent:{self.pk}"

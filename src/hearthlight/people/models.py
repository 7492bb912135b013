"""Places, persons, staff, who works when, the circle of care, and consent."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from hearthlight.people import rules
from hearthlight.people.types import Basis, Gender, PlaceKind, Purpose, Role, Viewer


def _choices(kind: type) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in kind]  # type: ignore[attr-defined]


def inside(viewer: Viewer, field: str) -> Q:
    """Rows whose place path `field` lies in the viewer's scopes. No scope, no rows."""
    found = Q(pk__in=[])
    for path in rules.outermost(s.path for s in viewer.scopes):
        found |= Q(**{f"{field}__startswith": path})
    return found


class PlaceQuerySet(models.QuerySet["Place"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What the viewer's roles cover, and what those places are in (so that a room has its home's name)."""
        above = {path for scope in viewer.scopes for path in rules.ancestors(scope.path)}
        return self.filter(inside(viewer, "path") | Q(path__in=above))


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """People living where the viewer holds a role, those whose circle names the viewer as one who may see, and those
        opened in an emergency. All of it counts only on duty: someone with no role now sees nobody."""
        if not viewer.scopes:
            return self.none()
        named = CircleMember.objects.filter(staff_id=viewer.staff_id, may_see=True).values("person_id")
        return self.filter(inside(viewer, "place__path") | Q(pk__in=named) | Q(pk__in=viewer.opened))

    def living_in_scope(self, viewer: Viewer) -> Self:
        """Of those, only people living where the viewer holds a role."""
        return self.filter(inside(viewer, "place__path"))

    def living_here(self) -> Self:
        return self.filter(moved_out_on__isnull=True)


class StaffQuerySet(models.QuerySet["Staff"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Colleagues: those based, granted a role or put on a shift anywhere the viewer's roles reach, or above it."""
        if not viewer.scopes:
            return self.none()
        above = {path for scope in viewer.scopes for path in rules.ancestors(scope.path)}
        near = Place.objects.filter(inside(viewer, "path") | Q(path__in=above)).values("pk")
        granted = Grant.objects.filter(place__in=near).values("staff_id")
        shifted = Shift.objects.filter(place__in=near).values("staff_id")
        return self.filter(
            Q(pk=viewer.staff_id) | Q(based_at__in=near) | Q(pk__in=granted) | Q(pk__in=shifted)
        )


class ShiftQuerySet(models.QuerySet["Shift"]):
    def visible_to(self, viewer: Viewer) -> Self:
        above = {path for scope in viewer.scopes for path in rules.ancestors(scope.path)}
        return self.filter(inside(viewer, "place__path") | Q(place__path__in=above))


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(person__in=Person.objects.visible_to(viewer).values("pk"))

    def in_force(self, at: datetime) -> Self:
        """Given, not withdrawn, and the person still lives here. Past its review date it stays in force and is
        flagged: docs/decisions/0003."""
        return self.filter(
            Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at), given_at__lte=at, person__moved_out_on__isnull=True
        )


class Place(models.Model):
    """An organisation, home, unit or room. `path` lists the ids from the top, `/1/4/9/`, so that a scope is a prefix."""

    kind = models.CharField(max_length=20, choices=_choices(PlaceKind))
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=120, db_index=True, blank=True)
    timezone = models.CharField(max_length=40, default="Europe/London")

    objects = PlaceQuerySet.as_manager()

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
    photo_digest = models.CharField(max_length=16, blank=True, help_text="start of its SHA-256: empty without a photo")
    about = models.TextField(blank=True, help_text="what matters most to know at 3 in the morning")
    moved_in_on = models.DateField(null=True, blank=True)
    moved_out_on = models.DateField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["place__path", "family_name"]

    class Scrub:
        replace = ("given_name", "family_name", "preferred_name", "nhs_number", "born_on", "photo", "photo_digest", "about")

    def __str__(self) -> str:
        return f"person:{self.pk}"

    @property
    def shown_name(self) -> str:
        return self.preferred_name or self.given_name


class Particulars(models.Model):
    """What else a health or care record says of somebody (PRSB's *Person demographics*), and nobody needs at 3 in the
    morning."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="particulars")
    title = models.CharField(max_length=40, blank=True)
    suffix = models.CharField(max_length=40, blank=True)
    gender = models.CharField(max_length=10, blank=True, choices=_choices(Gender))
    sex = models.CharField(max_length=10, blank=True, choices=_choices(Gender), help_text="as registered at birth")
    ethnicity = models.CharField(max_length=80, blank=True)
    religion = models.CharField(max_length=80, blank=True)
    birth_place = models.CharField(max_length=80, blank=True)
    organ_donation = models.BooleanField(null=True, blank=True, help_text="True: wishes to give; empty: not known")
    other_identifier = models.CharField(max_length=80, blank=True)
    address = models.TextField(blank=True, help_text="at most five lines")
    postcode = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "particulars"

    class Scrub:
        replace = (
            "title", "suffix", "gender", "sex", "ethnicity", "religion", "birth_place", "organ_donation", "other_identifier",
            "address", "postcode",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"particulars:{self.pk}"


class Staff(models.Model):
    """Someone who works here: a user account with a name to call them by."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20, blank=True)
    based_at = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.PROTECT, help_text="where they belong before any role or shift"
    )
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.CharField(max_length=80, blank=True)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "staff"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_by="") | (Q(left_at__isnull=False) & ~Q(left_by="")),
                name="staff_left_at_and_by",
            )
        ]

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

    objects = ShiftQuerySet.as_manager()

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

    objects = ConsentQuerySet.as_manager()

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

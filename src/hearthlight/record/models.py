"""The tables of the record: what each resource is now, every version it had, and what it is found by.

No ORM reads or writes them on a hot path (`tables.py`): the classes are for migrations, tests and tools. Moments
are whole microseconds since 1970, UTC, in `BIGINT`: the same on both databases, and quick to compare. `key`, `code`,
`system`, `unit` and `ref` are 64 bits of a hash of words (`hashes.py`); whom a resource is about is kept in words."""

from typing import ClassVar

from django.db import models


class Resource(models.Model):
    """A resource as it is now. The body is its latest version's: kept once, and these rows stay narrow."""

    rid = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=40)
    fid = models.CharField(max_length=64, help_text="the FHIR id")
    ref = models.BigIntegerField(help_text="hash of type/id: what references to it hold")
    version = models.PositiveIntegerField(help_text="number of its latest version")
    at_us = models.BigIntegerField(help_text="when it last changed")
    patient = models.CharField(max_length=64, blank=True, help_text="id of the first Patient it is about; empty: none")
    is_shared = models.BooleanField(default=False, help_text="about several: the table About has them all")
    section = models.PositiveSmallIntegerField(default=0, help_text="bits of the guarded sections it is in")
    code = models.BigIntegerField(default=0, help_text="hash of what it says it is, the main coding")
    lo_us = models.BigIntegerField(help_text="its main date begins; NEVER: it has none")
    hi_us = models.BigIntegerField(help_text="its main date ends")
    is_deleted = models.BooleanField(default=False)
    origin = models.CharField(max_length=120, help_text="the fact or the system it came from")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["type", "fid"], name="resource_id_unique_in_type")]
        indexes: ClassVar = [
            models.Index(fields=["type", "lo_us", "rid"], name="resource_date"),
            models.Index(fields=["type", "at_us", "rid"], name="resource_updated"),
            models.Index(fields=["patient", "at_us", "rid"], name="resource_person"),
            models.Index(fields=["ref"], name="resource_ref"),
            models.Index(fields=["origin"], name="resource_origin"),
        ]

    class Scrub:
        replace = ("fid", "patient", "ref")  # an id from outside may be an NHS number

    def __str__(self) -> str:
        return f"{self.type}/{self.fid}"


class Version(models.Model):
    """What a resource was from `at_us` on. Written once, never changed: `digest` shows if it was."""

    rid = models.BigIntegerField()
    version = models.PositiveIntegerField()
    at_us = models.BigIntegerField()
    by = models.CharField(max_length=80)
    origin = models.CharField(max_length=120)
    patients = models.TextField(blank=True, help_text="ids of the Patients this version was about, with spaces between")
    section = models.PositiveSmallIntegerField(default=0)
    is_deleted = models.BooleanField(default=False)
    body = models.BinaryField(help_text="canonical JSON; empty for a deletion")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of all of it")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rid", "version"], name="version_once")]

    class Scrub:
        replace = ("patients", "body", "digest")

    def __str__(self) -> str:
        return f"{self.rid}/{self.version}"


class About(models.Model):
    """Whom a resource is about, where it is about several people."""

    pk = models.CompositePrimaryKey("rid", "patient")
    rid = models.BigIntegerField()
    patient = models.CharField(max_length=64)

    class Scrub:
        replace = ("patient",)

    def __str__(self) -> str:
        return f"{self.rid} about {self.patient}"


class _Found(models.Model):
    """One thing a resource is found by. `key` says which parameter; rows of one composite share an `instance`; the
    patient (hashed; 0: none, or the resource is the Patient) lies beside it, so that a person's rows lie together."""

    rid = models.BigIntegerField()
    seq = models.PositiveSmallIntegerField()
    key = models.BigIntegerField()
    instance = models.PositiveSmallIntegerField(default=0)
    patient = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.rid}#{self.seq}"


class Token(_Found):
    """A code of a system, or what a reference points to. `lo_us` is the resource's main date: a person's blood pressures of
    this month are one stretch of the index."""

    pk = models.CompositePrimaryKey("rid", "seq")
    code = models.BigIntegerField()
    system = models.BigIntegerField()
    lo_us = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "code", "patient", "lo_us", "rid", "system"], name="token_found")
        ]

    class Scrub:
        replace = ("code",)  # ten digits are soon found again from their hash


class Word(_Found):
    """A string or URI, folded (`search.text.normalised`) and cut at `LONGEST_WORD`; `exact` is a hash of it as written."""

    pk = models.CompositePrimaryKey("rid", "seq")
    norm = models.CharField(max_length=400)
    exact = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "norm", "rid"], name="word_found")]

    class Scrub:
        replace = ("norm",)


class Span(_Found):
    """A date or period."""

    pk = models.CompositePrimaryKey("rid", "seq")
    lo_us = models.BigIntegerField()
    hi_us = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "patient", "lo_us", "hi_us", "rid"], name="span_found")]

    class Scrub:
        replace = ("lo_us", "hi_us")  # birth dates among them


class Amount(_Found):
    """A number or quantity (`unit` 0: none); a position is a latitude and a longitude."""

    pk = models.CompositePrimaryKey("rid", "seq")
    lo = models.FloatField()
    hi = models.FloatField()
    unit = models.BigIntegerField()
    system = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "patient", "lo", "hi", "rid", "unit", "system"], name="amount_found")
        ]

    class Scrub:
        replace = ("lo", "hi")

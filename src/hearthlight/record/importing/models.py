"""The files that were brought in, or wait for somebody to say yes. The file stays as it came: nothing in it is lost."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hearthlight.record.importing.types import Kind


class Batch(models.Model):
    """One file, whose record or which home it is for, and what came of it."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    file_name = models.CharField(max_length=120, help_text="as whoever brought it called it")
    content = models.BinaryField(help_text="the file, byte for byte")
    digest = models.CharField(max_length=64, help_text="its SHA-256")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Place", null=True, on_delete=models.PROTECT, related_name="+")
    report = models.JSONField(default=dict, help_text="counts, once it is done")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="") | (Q(done_at__isnull=False) & ~Q(done_by="")),
                name="batch_done_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(place__isnull=True), name="batch_for_a_person_or_a_place"
            ),
        ]

    class Scrub:
        replace = ("file_name", "content", "digest", "report")

    def __str__(self) -> str:
        return f"batch:{self.pk}"

"""Devices, what they said lately, what was refused, and their readings."""

from typing import ClassVar, Self

from django.db import models

from hearthlight.people.types import Purpose, Viewer


class DeviceQuerySet(models.QuerySet["Device"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those in places the viewer's roles cover."""
        covered = models.Q(pk__in=[])
        for path in {scope.path for scope in viewer.scopes}:
            covered |= models.Q(place__path__startswith=path)
        return self.filter(covered)


class Device(models.Model):
    """Something enrolled to speak. `id` is its MQTT name; its credential is kept only as a hash."""

    id = models.CharField(max_length=32, primary_key=True)
    family = models.CharField(max_length=30)
    label = models.CharField(max_length=80)
    secret_hash = models.CharField(max_length=200, blank=True, help_text="empty for devices that speak through a bridge")
    bridge = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="bridged")
    address = models.CharField(max_length=120, blank=True, help_text="its name on the bridge: friendly name or IEEE")
    place = models.ForeignKey("people.Place", on_delete=models.PROTECT, related_name="devices")
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose])
    spot = models.CharField(max_length=20, default="bedroom")
    position = models.CharField(max_length=20, blank=True, help_text="where it is worn, if known")
    config = models.JSONField(default=dict, blank=True, help_text="what its family needs to read it")
    silent_after_s = models.PositiveIntegerField(default=3600, help_text="seconds without a word before it is an alert")
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=80)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=80, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="written at most every 15 s")
    grace_s = models.PositiveIntegerField(default=0, help_text="seconds since heard_at in which we ourselves were not listening")
    offline_at = models.DateTimeField(null=True, blank=True, help_text="since when it, or its bridge, says it is away")
    weak_since = models.DateTimeField(null=True, blank=True, help_text="since when its link has been weak")
    battery = models.PositiveSmallIntegerField(null=True, blank=True)
    link = models.PositiveSmallIntegerField(null=True, blank=True)
    trouble = models.CharField(max_length=20, blank=True, help_text="SILENT, BATTERY or LINK while an alert stands for it")

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["place__path", "label"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bridge", "address"], condition=models.Q(bridge__isnull=False, retired_at__isnull=True),
                name="device_address_unique_on_bridge",
            ),
            models.CheckConstraint(
                condition=models.Q(retired_at__isnull=True, retired_by="") | (models.Q(retired_at__isnull=False) & ~models.Q(retired_by="")),
                name="device_retired_at_and_by",
            ),
        ]

    class Scrub:
        replace = ("label", "secret_hash")

    def __str__(self) -> str:
        return f"device:{self.pk}"


class Message(models.Model):
    """The journal: accepted messages, kept just long enough to rebuild every detector after a stop and to know a
    repeat when it comes. Written in the same transaction as whatever the message caused."""

    device_id = models.CharField(max_length=32)
    key = models.CharField(max_length=64, help_text="what makes it itself: see journal.key_of")
    payload = models.BinaryField(help_text="what was understood and allowed: see journal.pack")
    at = models.DateTimeField()
    keep_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device_id", "key"], name="message_once")]

    class Scrub:
        replace = ("payload",)

    def __str__(self) -> str:
        return f"message:{self.pk}"


class RefusalCount(models.Model):
    """How many messages were refused, by device, reason and hour."""

    device_id = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=20)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device_id", "reason", "hour"], name="refusal_once_an_hour")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.device_id} {self.reason} {self.count}"


class Listening(models.Model):
    """One row: when we last listened. A device cannot be blamed for silence while nobody was listening."""

    at = models.DateTimeField()

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"listening until {self.at:%Y-%m-%d %H:%M:%S}"


class Newcomer(models.Model):
    """A device a bridge has announced that nobody has enrolled yet: offered on the devices page."""

    bridge = models.ForeignKey(Device, on_delete=models.CASCADE)
    address = models.CharField(max_length=120)
    description = models.CharField(max_length=120, blank=True)
    config = models.JSONField(default=dict)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["bridge", "address"], name="newcomer_once")]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"newcomer:{self.pk}"


class Reading(models.Model):
    """One room signal or health value, for trails, normals and charts. Lives in the telemetry file."""

    telemetry = True

    device_id = models.CharField(max_length=32)
    place_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    spot = models.CharField(max_length=20)
    value = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["place_id", "at"], name="reading_place"),
            models.Index(fields=["device_id", "kind", "at"], name="reading_device"),
            models.Index(fields=["at"], name="reading_at"),
        ]

    class Scrub:
        keep = "all"

    def __str__(self) -> str:
        return f"{self.device_id} {self.kind}"

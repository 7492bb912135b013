"""The states of what the API remembers."""

from django.db.models import TextChoices


class ExportState(TextChoices):
    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Being made"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


class FeedState(TextChoices):
    """As Subscription.status has it, in our letters."""

    REQUESTED = "REQUESTED", "Requested"
    ACTIVE = "ACTIVE", "Active"
    ERROR = "ERROR", "In error"
    OFF = "OFF", "Off"

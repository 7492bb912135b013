"""Database glue: which file a table lives in, and one writer at a time where order matters."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

ORDER_LOCK = 0x4845415254  # "HEART": the advisory lock that orders audit entries and changes on PostgreSQL


def take_order_lock() -> None:
    """Make this transaction the only one appending to ordered logs until it ends.

    SQLite needs nothing: BEGIN IMMEDIATE already lets one writer in. On PostgreSQL, ids are handed out before
    commit, so without this a reader could see number 8, remember it, and never see number 7.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ORDER_LOCK])


class Router:
    """Puts models marked `telemetry = True` in the telemetry file, where there is one (SQLite)."""

    def _alias(self, model: type[models.Model]) -> str:
        is_telemetry = getattr(model, "telemetry", False) and "telemetry" in settings.DATABASES
        return "telemetry" if is_telemetry else "default"

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:  # noqa: ARG002 — Django's signature
        return self._alias(model)

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:  # noqa: ARG002 — Django's signature
        return self._alias(model)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:  # noqa: ARG002
        if model_name is None:
            return db == "default"
        try:  # the model as it is now: a migration's historical copy does not carry the mark
            return db == self._alias(apps.get_model(app_label, model_name))
        except LookupError:
            return db == "default"

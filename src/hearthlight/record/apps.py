from importlib import import_module

from django.apps import AppConfig

from hearthlight.core import facts


class RecordConfig(AppConfig):
    name = "hearthlight.record"
    label = "record"

    def ready(self) -> None:
        facts.listen(import_module("hearthlight.record.projecting").listen)  # not before: it needs the tables

from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "hearthlight.record"
    label = "record"

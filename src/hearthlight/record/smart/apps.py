from django.apps import AppConfig


class SmartConfig(AppConfig):
    name = "hearthlight.record.smart"
    label = "smart"

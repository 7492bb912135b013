from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "hearthlight.checks"
    label = "checks"

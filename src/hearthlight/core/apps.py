from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "hearthlight.core"
    label = "core"

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "hearthlight.record.importing"
    label = "importing"

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "hearthlight.alerts"
    label = "alerts"

from django.apps import AppConfig


class SensorsConfig(AppConfig):
    name = "hearthlight.sensors"
    label = "sensors"

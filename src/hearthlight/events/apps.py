from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "hearthlight.events"
    label = "events"

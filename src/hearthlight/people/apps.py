from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "hearthlight.people"
    label = "people"

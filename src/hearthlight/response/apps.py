from django.apps import AppConfig


class ResponseConfig(AppConfig):
    name = "hearthlight.response"
    label = "response"

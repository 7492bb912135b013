from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "hearthlight.record.api"
    label = "fhirapi"

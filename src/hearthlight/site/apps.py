from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "hearthlight.site"
    label = "site"

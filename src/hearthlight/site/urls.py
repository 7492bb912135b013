"""Every address of the site. Each room's own urls are found by looking."""

import importlib.util

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", include("allauth.urls")),
    path("", include("hearthlight.site.page_urls")),
]
for room in apps.get_app_configs():
    name = f"{room.name}.urls"
    if room.name.startswith("hearthlight.") and room.label != "site" and importlib.util.find_spec(name):
        urlpatterns.append(path("", include(name)))

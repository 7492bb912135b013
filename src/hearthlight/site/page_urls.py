"""The site's own pages: home and the live stream's fallbacks."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

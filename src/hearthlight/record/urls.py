"""The addresses of the record's pages. The API's are in `api`."""

from django.urls import URLPattern, path

from hearthlight.record.views import entries

RECORD = "people/<int:person_id>/record/"

urlpatterns: list[URLPattern] = [
    path(RECORD, entries.record, name="record"),
    path(f"{RECORD}no-known-allergies/", entries.none_known, name="none_known"),
    path(f"{RECORD}new/<slug:key>/", entries.entry_new, name="entry_new"),
    path(f"{RECORD}<str:type>/<str:fid>/", entries.entry, name="entry"),
    path(f"{RECORD}<str:type>/<str:fid>/change/", entries.entry_change, name="entry_change"),
    path(f"{RECORD}<str:type>/<str:fid>/remove/", entries.entry_remove, name="entry_remove"),
]

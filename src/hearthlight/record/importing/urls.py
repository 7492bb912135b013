"""The addresses of bringing files in."""

from django.urls import URLPattern, path

from hearthlight.record.importing import views

urlpatterns: list[URLPattern] = [
    path("bring-in/", views.bring_in, name="bring_in"),
    path("bring-in/<int:batch_id>/", views.batch, name="import"),
    path("bring-in/<int:batch_id>/confirm/", views.confirm, name="import_confirm"),
    path("bring-in/<int:batch_id>/discard/", views.discard, name="import_discard"),
]

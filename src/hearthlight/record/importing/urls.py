"""The addresses of bringing files in."""

from django.urls import URLPattern, path

from hearthlight.record.importing import views

urlpatterns: list[URLPattern] = [
    path("bring-in/", views.bring_in, name="bring_in"),
    path("bring-in/<int:batch_id>/", views.batch, name="import"),
    path("bring-in/<int:batch_id>/confirm/", views.confirm, name="import_confirm"),
    path("bring-in/<int:batch_id>/discard/", views.discard, name="import_discard"),
    path("people/<int:person_id>/record/from-outside/", views.from_outside, name="from_outside"),
    path("people/<int:person_id>/record/from-outside/<str:type>/<str:fid>/", views.from_outside_one, name="from_outside_one"),
    path("people/<int:person_id>/record/from-outside/<str:type>/<str:fid>/accept/", views.from_outside_accept, name="from_outside_accept"),
]

"""The room's addresses."""

from django.urls import URLPattern, path

from hearthlight.checks.views import person, record

urlpatterns: list[URLPattern] = [
    path("people/<int:person_id>/checks/", person.checks, name="checks"),
    path("people/<int:person_id>/checks/<int:check_id>/", person.check, name="check"),
    path("people/<int:person_id>/checks/<int:check_id>/correct/", record.correct, name="check_correct"),
    path("people/<int:person_id>/checks/<int:check_id>/undo/", person.undo, name="check_undo"),
    path("people/<int:person_id>/checks/<slug:slug>/", record.record, name="check_record"),
]

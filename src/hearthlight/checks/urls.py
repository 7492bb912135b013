"""The room's addresses."""

from django.urls import URLPattern, path

from hearthlight.checks.views import due, person, policy, record, trends, usual

urlpatterns: list[URLPattern] = [
    path("people/<int:person_id>/checks/", person.checks, name="checks"),
    path("people/<int:person_id>/checks/<int:check_id>/", person.check, name="check"),
    path("people/<int:person_id>/checks/<int:check_id>/correct/", record.correct, name="check_correct"),
    path("people/<int:person_id>/checks/<int:check_id>/undo/", person.undo, name="check_undo"),
    path("people/<int:person_id>/checks/trends/", trends.trends, name="check_trends"),
    path("people/<int:person_id>/checks/usual/", usual.usual, name="check_usual"),
    path("checks/", due.due, name="checks_due"),
    path("checks/policy/", policy.policy, name="check_policy"),
    path("checks/policy/<int:place_id>/", policy.policy_edit, name="check_policy_edit"),
    path("people/<int:person_id>/checks/<slug:slug>/", record.record, name="check_record"),
]

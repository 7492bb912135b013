"""The room's addresses."""

from django.urls import URLPattern, path

from hearthlight.response.views import alert, budget, history, plans, push

urlpatterns: list[URLPattern] = [
    path("alerts/", history.history, name="alerts"),
    path("alerts/file/", history.history_file, name="alerts_file"),
    path("alerts/<int:alert_id>/", alert.alert_page, name="alert"),
    path("alerts/<int:alert_id>/accept/", alert.accept, name="alert_accept"),
    path("alerts/<int:alert_id>/attend/", alert.attend, name="alert_attend"),
    path("alerts/<int:alert_id>/hand-back/", alert.hand_back, name="alert_hand_back"),
    path("alerts/<int:alert_id>/cancel/", alert.cancel, name="alert_cancel"),
    path("alerts/<int:alert_id>/close/", alert.close, name="alert_close"),
    path("alerts/<int:alert_id>/up/", alert.up, name="alert_up"),
    path("alerts/<int:alert_id>/seen/", alert.seen, name="alert_seen"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<int:place_id>/<str:severity>/", plans.plan_edit, name="plan_edit"),
    path("budget/", budget.budget_page, name="budget"),
    path("push/", push.push_page, name="push"),
    path("push/key/", push.push_key, name="push_key"),
    path("push/subscribe/", push.subscribe, name="push_subscribe"),
    path("push/unsubscribe/", push.unsubscribe, name="push_unsubscribe"),
]

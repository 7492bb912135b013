"""The addresses of apps, tokens and broken glass."""

from django.urls import URLPattern, path

from hearthlight.record.smart.views import apps, authorize, oauth, opening

urlpatterns: list[URLPattern] = [
    path("oauth/authorize", authorize.authorize, name="authorize"),
    path("oauth/token", oauth.token, name="oauth_token"),
    path("oauth/introspect", oauth.introspect, name="oauth_introspect"),
    path("oauth/revoke", oauth.revoke, name="oauth_revoke"),
    path("oauth/jwks", oauth.jwks, name="oauth_jwks"),
    path("oauth/.well-known/openid-configuration", oauth.openid_configuration, name="openid_configuration"),
    path("fhir/r4/.well-known/smart-configuration", oauth.smart_configuration, name="smart_configuration"),
    path("apps/", apps.apps, name="apps"),
    path("apps/new/", apps.app_new, name="app_new"),
    path("apps/mine/", apps.my_apps, name="my_apps"),
    path("apps/permits/<int:permit_id>/end/", apps.permit_end, name="permit_end"),
    path("apps/<int:app_id>/", apps.app, name="app"),
    path("apps/<int:app_id>/suspend/", apps.app_suspend, name="app_suspend"),
    path("apps/<int:app_id>/secret/", apps.app_secret, name="app_secret"),
    path("people/<int:person_id>/apps/", opening.apps_for_person, name="apps_for_person"),
    path("people/<int:person_id>/apps/<int:app_id>/open/", opening.app_open, name="app_open"),
    path("emergency/", opening.glass_break, name="glass_break"),
    path("emergency/opened/", opening.glass_list, name="glass_list"),
    path("emergency/opened/<int:glass_id>/seen/", opening.glass_seen, name="glass_seen"),
]

"""Every address of the site. Each room's own urls are found by looking."""

import importlib.util

from allauth.account import views as account
from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path, re_path

# Of allauth only what staff need: nobody signs up, links a social account or keeps e-mail addresses here.
sign_in: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", include(sign_in)),
    path("", include("hearthlight.site.page_urls")),
]
for room in apps.get_app_configs():
    name = f"{room.name}.urls"
    if room.name.startswith("hearthlight.") and room.label != "site" and importlib.util.find_spec(name):
        urlpatterns.append(path("", include(name)))

handler400 = "hearthlight.site.errors.bad_request"
handler403 = "hearthlight.site.errors.forbidden"
handler404 = "hearthlight.site.errors.not_found"
handler500 = "hearthlight.site.errors.broken"

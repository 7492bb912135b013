"""Every page there is, and how to open it. A new address that is in neither list fails test_pages."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Page:
    """`path` with {names} from the house; `who` is signed in (empty: nobody); `is_sent` is shown in answer to a form."""

    path: str
    who: str = "maya"
    is_sent: bool = False


# By the address as the URL conf has it.
PAGES: dict[str, list[Page]] = {
    "/": [Page("/", "nia"), Page("/?unit={other_unit}")],
    "/people/": [Page("/people/"), Page("/people/?search=zzz"), Page("/people/?gone=1")],
    "/people/new/": [Page("/people/new/")],
    "/people/<int:person_id>/": [Page("/people/{person}/", "nia")],
    "/people/<int:person_id>/edit/": [Page("/people/{person}/edit/")],
    "/people/<int:person_id>/particulars/": [Page("/people/{person}/particulars/")],
    "/people/<int:person_id>/record/": [Page("/people/{person}/record/"), Page("/people/{lewis}/record/", "nia")],
    "/people/<int:person_id>/record/new/<slug:key>/": [
        Page("/people/{person}/record/new/about-me/"), Page("/people/{person}/record/new/medicine/"),
    ],
    "/people/<int:person_id>/record/<str:type>/<str:fid>/": [Page("/people/{person}/record/AllergyIntolerance/{allergy}/")],
    "/people/<int:person_id>/record/<str:type>/<str:fid>/change/": [
        Page("/people/{person}/record/AllergyIntolerance/{allergy}/change/")
    ],
    "/people/<int:person_id>/move-out/": [Page("/people/{person}/move-out/")],
    "/people/<int:person_id>/consents/": [Page("/people/{person}/consents/")],
    "/people/<int:person_id>/consents/new/": [Page("/people/{person}/consents/new/")],
    "/people/<int:person_id>/consents/<int:consent_id>/withdraw/": [Page("/people/{person}/consents/{consent}/withdraw/")],
    "/people/<int:person_id>/checks/": [Page("/people/{person}/checks/", "nia"), Page("/people/{lewis}/checks/?kind=weight", "nia")],
    "/people/<int:person_id>/checks/<int:check_id>/": [
        Page("/people/{person}/checks/{check}/", "nia"), Page("/people/{person}/checks/{wrong_check}/", "nia"),
        Page("/people/{person}/checks/{fall_check}/", "nia"), Page("/people/{person}/checks/{skin_check}/", "nia"),
    ],
    "/people/<int:person_id>/checks/<int:check_id>/correct/": [Page("/people/{person}/checks/{check}/correct/", "nia")],
    "/people/<int:person_id>/checks/<int:check_id>/undo/": [Page("/people/{person}/checks/{check}/undo/", "nia")],
    "/people/<int:person_id>/checks/trends/": [Page("/people/{person}/checks/trends/", "nia"), Page("/people/{lewis}/checks/trends/", "nia")],
    "/people/<int:person_id>/checks/usual/": [Page("/people/{person}/checks/usual/", "sam")],
    "/checks/": [Page("/checks/", "nia")],
    "/checks/policy/": [Page("/checks/policy/")],
    "/checks/policy/<int:place_id>/": [Page("/checks/policy/{place}/")],
    "/people/<int:person_id>/checks/<slug:slug>/": [
        Page(f"/people/{{person}}/checks/{slug}/", "nia")
        for slug in ("vitals", "post-fall", "soft-signs", "pain", "weight", "fluids", "bowels", "skin")
    ],
    "/people/<int:person_id>/circle/": [Page("/people/{person}/circle/")],
    "/places/": [Page("/places/")],
    "/places/<int:inside_id>/new/": [Page("/places/{place}/new/")],
    "/places/<int:place_id>/edit/": [Page("/places/{place}/edit/")],
    "/staff/": [Page("/staff/")],
    "/staff/new/": [Page("/staff/new/")],
    "/staff/<int:staff_id>/": [Page("/staff/{staff}/")],
    "/staff/<int:staff_id>/role/": [Page("/staff/{staff}/role/")],
    "/staff/<int:staff_id>/link/": [Page("/staff/{staff}/link/", is_sent=True)],
    "/rota/": [Page("/rota/"), Page("/rota/", "nia")],
    "/rota/new/": [Page("/rota/new/")],
    "/rota/shifts/<int:shift_id>/": [Page("/rota/shifts/{shift}/")],
    "/devices/": [Page("/devices/")],
    "/devices/new/": [Page("/devices/new/")],
    "/devices/newcomers/<int:newcomer_id>/": [Page("/devices/newcomers/{newcomer}/")],
    "/devices/<slug:device_id>/": [Page("/devices/{device}/"), Page("/devices/{hub}/")],
    "/devices/<slug:device_id>/change/": [Page("/devices/{device}/change/")],
    "/devices/<slug:device_id>/reassign/": [Page("/devices/{device}/reassign/")],
    "/devices/<slug:device_id>/retire/": [Page("/devices/{device}/retire/")],
    "/devices/<slug:device_id>/card/": [Page("/devices/{device}/card/", is_sent=True)],
    "/alerts/": [Page("/alerts/")],
    "/alerts/<int:alert_id>/": [
        Page("/alerts/{fall}/", "nia"), Page("/alerts/{taken}/", "nia"), Page("/alerts/{closed}/", "nia"), Page("/alerts/{low}/"),
    ],
    "/alerts/<int:alert_id>/close/": [Page("/alerts/{taken}/close/", "nia")],
    "/alerts/<int:alert_id>/cancel/": [Page("/alerts/{taken}/cancel/", "nia")],
    "/plans/": [Page("/plans/")],
    "/plans/<int:place_id>/<str:severity>/": [Page("/plans/{place}/URGENT/")],
    "/budget/": [Page("/budget/")],
    "/push/": [Page("/push/", "nia")],
    "/audit/": [Page("/audit/?days=30&what=everything&check=1"), Page("/audit/", "nia")],
    "/corridor/": [Page("/corridor/", "nia"), Page("/corridor/?unit={other_unit}")],
    "/more/": [Page("/more/")],
    "/offline/": [Page("/offline/", "")],
    "/people/<int:person_id>/looked/": [Page("/people/{person}/looked/", "nia")],
    "/people/<int:person_id>/apps/": [Page("/people/{person}/apps/", "nia")],
    "/bring-in/": [Page("/bring-in/")],
    "/people/<int:person_id>/record/from-outside/": [Page("/people/{person}/record/from-outside/", "nia"), Page("/people/{lewis}/record/from-outside/")],
    "/people/<int:person_id>/record/from-outside/<str:type>/<str:fid>/": [Page("/people/{person}/record/from-outside/Immunization/i1/", "nia")],
    "/bring-in/<int:batch_id>/": [Page("/bring-in/{waiting}/"), Page("/bring-in/{brought}/")],
    "/apps/": [Page("/apps/")],
    "/apps/new/": [Page("/apps/new/")],
    "/apps/mine/": [Page("/apps/mine/", "nia")],
    "/apps/<int:app_id>/": [Page("/apps/{app}/")],
    "/apps/<int:app_id>/secret/": [Page("/apps/{app}/secret/", is_sent=True)],
    "/oauth/authorize": [Page("{asking}", "nia"), Page("/oauth/authorize?client_id=nobody", "nia")],
    "/emergency/": [Page("/emergency/")],
    "/emergency/opened/": [Page("/emergency/opened/")],
    "/nowhere/": [Page("/nowhere/", "nia")],
    "/sign-in/login/": [Page("/sign-in/login/", "")],
    "/sign-in/logout/": [Page("/sign-in/logout/")],
    "/sign-in/inactive/": [Page("/sign-in/inactive/", "")],
    "/sign-in/reauthenticate/": [Page("/sign-in/reauthenticate/")],
    "/sign-in/password/change/": [Page("/sign-in/password/change/")],
    "/sign-in/password/reset/key/<uidb36>-<key>/": [Page("/sign-in/password/reset/key/1-abc-def/", "")],
    "/sign-in/password/reset/key/done/": [Page("/sign-in/password/reset/key/done/", "")],
    "/sign-in/2fa/": [Page("/sign-in/2fa/")],
    "/sign-in/2fa/reauthenticate/": [Page("/sign-in/2fa/reauthenticate/")],
    "/sign-in/2fa/totp/deactivate/": [Page("/sign-in/2fa/totp/deactivate/")],
    "/sign-in/2fa/recovery-codes/": [Page("/sign-in/2fa/recovery-codes/", "nia")],
    "/sign-in/2fa/recovery-codes/generate/": [Page("/sign-in/2fa/recovery-codes/generate/")],
    "/sign-in/2fa/webauthn/": [Page("/sign-in/2fa/webauthn/")],
    "/sign-in/2fa/webauthn/add/": [Page("/sign-in/2fa/webauthn/add/")],
}  # fmt: skip

NOT_PAGES: dict[str, str] = {
    "/people/<int:person_id>/record/no-known-allergies/": "takes a form",
    "/people/<int:person_id>/record/<str:type>/<str:fid>/remove/": "takes a form",
    "/people/<int:person_id>/record/from-outside/<str:type>/<str:fid>/accept/": "takes a form",
    "/bring-in/<int:batch_id>/confirm/": "takes a form",
    "/bring-in/<int:batch_id>/discard/": "takes a form",
    "/board/": "the inside of /, for a page already open",
    "/sw.js": "the service worker",
    "/more/look/": "takes a form",
    "/people/<int:person_id>/photo": "a picture",
    "/people/<int:person_id>/circle/<int:member_id>/remove/": "takes a form",
    "/staff/<int:staff_id>/leave/": "takes a form",
    "/staff/roles/<int:grant_id>/end/": "takes a form",
    "/rota/<int:place_id>/copy/": "takes a form",
    "/devices/<slug:device_id>/battery/": "takes a form",
    "/alerts/file/": "a file",
    "/alerts/<int:alert_id>/accept/": "takes a form",
    "/alerts/<int:alert_id>/attend/": "takes a form",
    "/alerts/<int:alert_id>/hand-back/": "takes a form",
    "/alerts/<int:alert_id>/up/": "takes a form",
    "/alerts/<int:alert_id>/seen/": "told by the page",
    "/push/key/": "JSON for the page",
    "/push/subscribe/": "JSON from the page",
    "/push/unsubscribe/": "JSON from the page",
    "/oauth/token": "JSON for apps",
    "/oauth/introspect": "JSON for apps",
    "/oauth/revoke": "JSON for apps",
    "/oauth/jwks": "JSON for apps",
    "/oauth/.well-known/openid-configuration": "JSON for apps",
    "/fhir/r4/.well-known/smart-configuration": "JSON for apps",
    "/apps/permits/<int:permit_id>/end/": "takes a form",
    "/apps/<int:app_id>/suspend/": "takes a form",
    "/people/<int:person_id>/apps/<int:app_id>/open/": "takes a form",
    "/emergency/opened/<int:glass_id>/seen/": "takes a form",
    "/sign-in/password/set/": "only for an account without a password: it sends everyone else to change theirs",
    "/sign-in/2fa/authenticate/": "between the password and the code: test_signing_in opens it",
    "/sign-in/2fa/totp/activate/": "only before a code app is set up: test_signing_in opens it",
    "/sign-in/2fa/recovery-codes/download/": "a file",
    "/sign-in/2fa/webauthn/reauthenticate/": "needs a passkey: test_signing_in opens it",
    "/sign-in/2fa/webauthn/keys/<int:pk>/remove/": "needs a passkey: test_signing_in opens it",
    "/sign-in/2fa/webauthn/keys/<int:pk>/edit/": "needs a passkey: test_signing_in opens it",
    "/sign-in/2fa/webauthn/login/": "JSON for the page",
}


def addresses() -> set[str]:
    """Every address in the URL conf."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> set[str]:
        found: set[str] = set()
        for item in patterns:
            path = before + _shown(str(item.pattern))
            found |= walk(item.url_patterns, path) if isinstance(item, URLResolver) else {path}
        return found

    return walk(get_resolver().url_patterns, "/")


def _shown(pattern: str) -> str:
    """A regular expression as a path: only allauth has one."""
    return pattern.replace(r"^", "").replace(r"(?P<uidb36>[0-9A-Za-z]+)", "<uidb36>").replace("(?P<key>.+)", "<key>").replace("$", "")

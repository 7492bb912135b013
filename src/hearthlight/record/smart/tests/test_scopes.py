import pytest

from hearthlight.record.smart import scopes
from hearthlight.record.smart.scopes import Level
from hearthlight.record.types import Verb

USERS = [Level.PATIENT, Level.USER]


@pytest.mark.parametrize(
    ("text", "letters"),
    [("patient/Observation.rs", "rs"), ("user/*.cruds", "cruds"), ("system/Patient.d", "d"), ("patient/*.read", "rs"),
     ("user/Patient.write", "cud"), ("user/*.*", "cruds")],
)
def test_it_reads_a_scope_of_either_version(text, letters):
    scope = scopes.parsed(text)

    assert scope is not None and scope.letters == letters


@pytest.mark.parametrize(
    "text",
    ["", "patient/", "patient/Observation", "patient/Observation.", "patient/Observation.sr", "patient/Observation.rr",
     "patient/Observation.x", "admin/*.rs", "patient/observation.rs", "patient/*.rs ", "PATIENT/*.rs", "patient/../Patient.rs",
     "patient/Observation.rs?category=laboratory", "patient/*.rs\x00", "patient/Obs*.rs"],
)
def test_it_grants_nothing_it_does_not_wholly_understand(text):
    assert scopes.parsed(text) is None
    assert scopes.narrowed([text], ["patient/*.cruds", "user/*.cruds"], USERS) == []


@pytest.mark.parametrize(
    ("asked", "allowed", "granted"),
    [
        (["patient/*.rs"], ["patient/*.cruds"], ["patient/*.rs"]),
        (["patient/*.cruds"], ["patient/*.rs"], ["patient/*.rs"]),
        (["patient/*.rs"], ["patient/Observation.rs", "patient/Condition.r"], ["patient/Observation.rs", "patient/Condition.r"]),
        (["patient/*.read"], ["patient/*.rs"], ["patient/*.read"]),
        (["user/*.rs"], ["patient/*.rs"], []),
        (["system/*.rs"], ["system/*.rs"], []),
        (["openid", "fhirUser", "launch", "offline_access"], ["openid", "fhirUser"], ["openid", "fhirUser"]),
        (["patient/Observation.u"], ["patient/Observation.rs"], []),
        (["patient/*.rs", "patient/*.rs"], ["patient/*.rs"], ["patient/*.rs"]),
    ],
)
def test_it_never_grants_more_than_the_app_was_let_in_for(asked, allowed, granted):
    assert scopes.narrowed(asked, allowed, USERS) == granted


def test_it_lets_a_refresh_ask_for_less_and_never_for_more():
    granted = ["patient/*.rs", "openid"]

    assert scopes.is_within(["patient/Observation.r"], granted)
    assert scopes.is_within(["patient/*.read", "openid"], granted)
    assert not scopes.is_within(["patient/Observation.u"], granted)
    assert not scopes.is_within(["user/Observation.r"], granted)
    assert not scopes.is_within(["offline_access"], granted)


def test_it_counts_only_the_levels_asked_about():
    may = scopes.power(["patient/Observation.rs", "system/*.cruds"], Level.PATIENT, Level.USER)

    assert may("Observation", Verb.READ)
    assert not may("Observation", Verb.CREATE)
    assert not may("Condition", Verb.READ)


@pytest.mark.parametrize(
    ("texts", "only_one"),
    [(["patient/*.rs"], True), (["user/*.rs"], False), (["patient/*.rs", "user/*.cruds"], False),
     (["patient/*.rs", "user/Practitioner.r"], True), (["openid"], False)],
)
def test_it_keeps_an_app_to_its_person_unless_user_scopes_give_all_of_it_anyway(texts, only_one):
    assert scopes.is_for_one_person(texts) is only_one

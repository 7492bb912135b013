"""Every table says what a copy for developers may hold, and pairs of `x_at` and `x_by` are kept whole by the database."""

import pytest
from django.apps import apps
from django.db import models

OURS = [model for model in apps.get_models() if model.__module__.startswith("hearthlight.")]
ALWAYS_FINE = (models.BigAutoField, models.AutoField)


def _fields(model):
    return {field.name: field for field in model._meta.concrete_fields}


def _pairs(model):
    fields = _fields(model)
    return [(name, f"{name[:-3]}_by") for name in fields if name.endswith("_at") and f"{name[:-3]}_by" in fields]


def _is_kept_whole(model, at, by):
    """Both always there, or a check constraint that names both."""
    fields = _fields(model)
    if not fields[at].null and not fields[by].null and not fields[by].blank:
        return True
    named = [str(constraint.condition) for constraint in model._meta.constraints if hasattr(constraint, "condition")]
    return any(f"{at}__isnull" in condition and f"'{by}" in condition for condition in named)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_it_says_what_a_copy_may_hold(model):
    scrub = model.__dict__.get("Scrub")

    assert scrub is not None, "class Scrub: replace = (fields with names or values), or keep = 'all'"
    assert (getattr(scrub, "keep", None) == "all") != bool(getattr(scrub, "replace", ()))
    assert set(getattr(scrub, "replace", ())) <= _fields(model).keys()


PERSONAL = ("name", "phone", "email", "nhs_number", "born_on", "photo", "note", "evidence", "label", "payload", "secret")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_it_scrubs_whatever_sounds_like_a_name_or_a_value(model):
    replaced = set(getattr(model.Scrub, "replace", ()))
    personal = {
        name for name in _fields(model) if any(name == word or name.endswith(f"_{word}") for word in PERSONAL)
    }

    assert personal - replaced - KEPT_ON_PURPOSE.get(model._meta.label, set()) == set()


# Sounds personal and is not, with the reason beside it.
KEPT_ON_PURPOSE: dict[str, set[str]] = {
    "core.Heartbeat": {"note"},  # counts only, written by the process about itself
}


@pytest.mark.parametrize(
    ("model", "at", "by"),
    [(model, at, by) for model in OURS for at, by in _pairs(model)],
    ids=lambda value: value if isinstance(value, str) else value._meta.label,
)
def test_it_keeps_when_and_who_together(model, at, by):
    assert _is_kept_whole(model, at, by)


def test_it_found_the_tables():
    assert {"core.AuditEntry", "people.Consent", "sensors.Device", "alerts.Alert"} <= {m._meta.label for m in OURS}

import pytest

from hearthlight.record.smart.models import App
from hearthlight.record.smart.tests.factories import jwks, key_of
from hearthlight.runtime import cli


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys.json").write_text(jwks(key_of()))
    return str(tmp_path / "keys.json")


def test_it_lets_a_service_in_for_everyone_and_says_what_its_makers_need(cast, keys, capsys):
    assert cli.main(["app", "add", "Warehouse", "--place", "everyone", "--scope", "system/*.rs", "--jwks", keys]) == 0

    app = App.objects.get()
    told = capsys.readouterr().out
    assert app.place is None and app.client_id in told and "/oauth/token" in told and "secret  " not in told
    assert app.added_by == "system:command-line"


def test_it_shows_a_secret_once(cast, capsys):
    given = ["--kind", "SECRET", "--place", "Willow House", "--scope", "patient/*.rs", "--back", "https://app.example.org/back"]
    assert cli.main(["app", "add", "Surgery", *given]) == 0
    secret = capsys.readouterr().out.split("secret     ")[1].split()[0]

    assert cli.main(["app", "list"]) == 0

    listed = capsys.readouterr().out
    assert "Surgery, for Willow House" in listed and secret not in listed


def test_it_shuts_an_app_out_and_lets_it_ask_again(cast, keys, capsys):
    cli.main(["app", "add", "Warehouse", "--place", "everyone", "--scope", "system/*.rs", "--jwks", keys])
    number = str(App.objects.get().pk)

    assert cli.main(["app", "suspend", number]) == 0
    cli.main(["app", "list"])
    assert "SHUT OUT" in capsys.readouterr().out
    assert cli.main(["app", "let-in", number]) == 0
    assert App.objects.get().suspended_at is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "X", "--place", "Nowhere", "--scope", "system/*.rs"], "Which place"),
        (["add", "X", "--place", "everyone", "--scope", "system/*.rs"], "public keys"),
        (["add", "X", "--place", "everyone", "--scope", "system/*.rs", "--jwks", "/nowhere"], "cannot be read"),
        (["suspend", "999999"], "no app of that number"), (["let-in", "999999"], "no app of that number"),
    ],
)  # fmt: skip
def test_it_refuses_in_words_what_is_not_in_order(cast, capsys, arguments, said):
    assert cli.main(["app", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not App.objects.exists()

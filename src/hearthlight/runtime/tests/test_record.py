"""`hearthlight record`: what every room wrote of a night is what deriving it anew would write."""

from datetime import timedelta

from hearthlight.alerts import actions as alerts
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.types import Found, ToldTo, Truth
from hearthlight.core.types import system
from hearthlight.people import actions as people
from hearthlight.people.tests.factories import Cast
from hearthlight.people.types import Purpose
from hearthlight.record import actions
from hearthlight.record.importing.tests.bundles import bundle, structured
from hearthlight.record.models import Resource, Version
from hearthlight.response import actions as response_actions
from hearthlight.response import worker
from hearthlight.runtime import cli
from hearthlight.sensors import actions as sensors

US = system("test")


def play_a_night(cast: Cast, at) -> None:
    """Everything that makes a fact of ours, by the actions that make it."""
    grace = people.add_to_circle(person_id=cast.ada.pk, relationship="daughter", name="Grace", by=US, at=at)
    people.remove_from_circle(member_id=grace, by=US, at=at)
    people.change_person(
        person_id=cast.lewis.pk, given_name="Gwyn", family_name="Lewis", place_id=cast.room7.pk, by=US, at=at, preferred_name="Gwyn"
    )
    watch = sensors.enrol(
        family_name="wearable", label="Watch", place_id=cast.room7.pk, person_id=cast.ada.pk, purpose=Purpose.FALLS, by=US, at=at
    )
    sensors.reassign(device_id=watch.device_id, place_id=cast.room8.pk, person_id=cast.lewis.pk, by=US, at=at)
    nia, sam = cast.viewer(cast.nia), cast.viewer(cast.sam)
    fall, later = make_alert(cast, at=at), at + timedelta(seconds=30)
    worker.step(at)
    make_alert(cast, at=later)  # a repeat
    worker.step(later)
    alerts.accept(fall.pk, by=nia, at=later)
    worker.step(later)
    alerts.hand_back(fall.pk, by=nia, at=later)
    worker.step(later)
    alerts.attend(fall.pk, by=sam, at=later)
    worker.step(later)
    response_actions.seen(fall.pk, by=nia, at=later, path=fall.path)
    alerts.close(fall.pk, by=sam, at=later, truth=Truth.TRUE, found=Found.ON_FLOOR, told=[ToldTo.FAMILY], note="Cold", is_up=False)
    alerts.up(fall.pk, by=sam, at=later)
    called_off = make_alert(cast, at=at + timedelta(hours=1))
    worker.step(at + timedelta(hours=1))
    alerts.cancel(called_off.pk, by=sam, at=at + timedelta(hours=1), why="the strap was on a chair")
    worker.step(at + timedelta(hours=1))


def test_it_changes_nothing_that_the_rooms_wrote_themselves(cast, at, capsys):
    actions.rebuild(by=US, at=at)  # the cast was made by hand
    play_a_night(cast, at)
    before = Version.objects.count()

    assert cli.main(["record", "rebuild"]) == 0

    assert "Nothing has changed." in capsys.readouterr().out
    assert Version.objects.count() == before > 20


def test_it_says_when_a_version_is_not_as_it_was_written(cast, at, capsys):
    actions.rebuild(by=US, at=at)
    assert cli.main(["record", "verify"]) == 0
    Version.objects.filter(pk=Version.objects.latest("pk").pk).update(body=b"{}")

    assert cli.main(["record", "verify"]) == 1
    assert "its digest differs" in capsys.readouterr().out


def test_it_brings_in_a_file_for_the_person_with_its_number(cast, at, tmp_path, capsys):
    actions.project("person", str(cast.ada.pk), by=US, at=at)
    file = tmp_path / "oak.json"
    file.write_bytes(bundle(*structured()))

    assert cli.main(["record", "import", str(file), "--look"]) == 0
    assert not Resource.objects.filter(origin__startswith="import:").exists()
    assert cli.main(["record", "import", str(file)]) == 0

    assert "Brought in" in capsys.readouterr().out
    assert Resource.objects.filter(type="Condition", patient=f"person-{cast.ada.pk}", origin__startswith="import:").count() == 1
    assert cli.main(["record", "import", str(file)]) == 1


def test_it_says_why_it_brings_nothing_in(cast, at, tmp_path, capsys):
    file = tmp_path / "oak.json"
    file.write_bytes(b"{}")

    assert cli.main(["record", "import"]) == 2
    assert cli.main(["record", "import", str(tmp_path / "none")]) == 1
    assert cli.main(["record", "import", str(file)]) == 1
    file.write_bytes(bundle(*structured()))
    assert cli.main(["record", "import", str(file), "--person", "999"]) == 1
    assert "no such person" in capsys.readouterr().err

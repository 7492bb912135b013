"""Willow House: 24 people, two units, the staff and their rota, devices and consents. All of it is invented."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from hearthlight.core.types import system
from hearthlight.people import actions as people
from hearthlight.people import staffing
from hearthlight.people.types import Basis, PlaceKind, Purpose, Role
from hearthlight.sensors import actions as sensors

DEMO = system("demo")
PASSWORD = "light-in-the-hall"  # noqa: S105 — printed on the screen, for a house that does not exist
LIVED_HERE = timedelta(days=60)  # how long ago the house was furnished: people, places and consents are older than tonight
ADA = 7
LONDON = ZoneInfo("Europe/London")

# (given, family, called, born, what matters at three in the morning, basis of consent or None)
PEOPLE: list[tuple[str, str, str, str, str, Basis | None]] = [
    ("George", "Mensah", "", "1946-06-02", "Diabetic: juice in the left drawer.", Basis.OWN),
    ("Gwyn", "Lewis", "Mr Lewis", "1938-07-09", "Prefers Mr Lewis. Does not want to be watched.", None),
    ("Rose", "Hartley", "", "1935-11-21", "Hard of hearing on the right. Speak from the left.", Basis.OWN),
    ("Harold", "Baxter", "Harry", "1940-04-15", "Walks with a frame. Takes warfarin: ring 111 after any fall.", Basis.OWN),
    ("Parveen", "Akhtar", "", "1944-09-30", "Punjabi first. Prefers a woman to help.", Basis.OWN),
    ("Winifred", "Tate", "Win", "1931-01-17", "Awake by five. Tea first.", Basis.ATTORNEY),
    ("Adaeze", "Okafor", "Ada", "1942-02-03", "Left hip replaced. Likes the hall light on. Was a ward sister.", Basis.OWN),
    ("Eileen", "Murphy", "", "1937-12-12", "Gets up for the toilet twice. Steady if unhurried.", Basis.OWN),
    ("Stanley", "Price", "Stan", "1939-08-25", "Parkinson's. Freezes in doorways: count him through.", Basis.OWN),
    ("Margaret", "Doyle", "Peggy", "1941-03-08", "May not know you at night. Say who you are, smile.", Basis.BEST_INTERESTS),
    ("Ivor", "Evans", "", "1936-05-19", "Looks for his dog. Walk with him, then back to bed.", Basis.BEST_INTERESTS),
    ("Jean", "Whitfield", "", "1943-10-05", "Breathless lying flat: two pillows.", Basis.OWN),
    ("Arthur", "Singh", "", "1945-02-28", "Turban by the bed. Ask before touching it.", Basis.OWN),
    ("Doris", "Clarke", "", "1934-07-01", "Sleeps in the chair by choice.", Basis.OWN),
    ("Kenneth", "Obi", "Ken", "1947-11-11", "One kidney. Fluids by the bed.", Basis.OWN),
    ("Sheila", "Rahman", "", "1940-01-29", "Fractured wrist in May, mended.", Basis.OWN),
    ("Bernard", "Walsh", "", "1938-09-14", "Blind. Tell him what you do before you do it.", Basis.OWN),
    ("Florence", "Kaur", "Flo", "1933-06-23", "Nightmares. Sit a minute.", Basis.ATTORNEY),
    ("Leonard", "Finch", "Len", "1942-12-31", "Catheter: check the bag at two.", Basis.OWN),
    ("Maureen", "Cole", "", "1944-04-04", "Likes her door ajar.", Basis.OWN),
    ("Ronald", "Adeyemi", "Ron", "1939-10-18", "Proud. Offer an arm, do not take his.", Basis.OWN),
    ("Sylvia", "Novak", "", "1936-02-14", "Czech when tired.", Basis.OWN),
    ("Dennis", "Hughes", "", "1945-08-08", "Fell twice in June on the way to the toilet.", Basis.OWN),
    ("Vera", "Lindqvist", "", "1932-05-27", "Does not want anything worn on the wrist.", Basis.OWN),
]
STAFF: list[tuple[str, str, Role, str]] = [
    ("nia", "Nia Price", Role.CARER, "Rowan unit"),
    ("tomasz", "Tomasz Nowak", Role.CARER, "Hazel unit"),
    ("sam", "Sam Adeyemi", Role.SENIOR, "Willow House"),
    ("olu", "Olu Bello", Role.ON_CALL, "Willow House"),
]
DAY_STAFF: list[tuple[str, str, Role, str]] = [
    ("beth", "Beth Owen", Role.CARER, "Rowan unit"),
    ("kwame", "Kwame Asante", Role.CARER, "Hazel unit"),
    ("ruth", "Ruth Shaw", Role.SENIOR, "Willow House"),
]
WEARING = {7: "wrist", 4: "waist", 8: "wrist", 9: "waist", 12: "waist", 16: "wrist", 19: "wrist", 23: "waist"}
"""Room numbers whose person wears a sensor, and where."""
IN_ROOM = [
    ("bed", Purpose.ROOM_MOVEMENT, "bedroom"),
    ("motion", Purpose.ROOM_MOVEMENT, "bedroom"),
    ("bathroom", Purpose.ROOM_MOVEMENT, "bathroom"),
    ("cord", Purpose.CALL_FOR_HELP, "bathroom"),
]
MEANINGS = {"bed": "BED", "cord": "PULL_CORD"}


@dataclass
class Furnished:
    """What the night needs to know: credentials, and which sensors each room has."""

    bridge: tuple[str, str] = ("", "")
    wearables: dict[int, tuple[str, str]] = field(default_factory=dict)
    rooms: dict[int, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    persons: dict[int, int] = field(default_factory=dict)


def furnish(at: datetime) -> Furnished:
    """Build Willow House as it stands at `at`, in one transaction."""
    house = Furnished()
    before = at - LIVED_HERE
    with transaction.atomic():
        _build(house, before)
        _hire(house, at)
        _welcome(house, before)
        _equip(house, at)
    return house


def nhs_number(n: int) -> str:
    """A number from the range kept for tests (999 …), with its check digit (modulus 11)."""
    for tail in range(n * 7, n * 7 + 7):
        digits = f"999{tail:06d}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
    raise AssertionError("no run of seven numbers is without a check digit")


def _build(house: Furnished, at: datetime) -> None:
    def place(kind: PlaceKind, name: str, parent: str | None = None) -> None:
        parent_id = house.places[parent] if parent else None
        house.places[name] = people.create_place(kind=kind, name=name, parent_id=parent_id, by=DEMO, at=at)

    place(PlaceKind.ORGANISATION, "Willow Care")
    place(PlaceKind.HOME, "Willow House", "Willow Care")
    for unit in ("Rowan unit", "Hazel unit"):
        place(PlaceKind.UNIT, unit, "Willow House")
    place(PlaceKind.ROOM, "Garden door", "Hazel unit")
    for number in range(1, len(PEOPLE) + 1):
        place(PlaceKind.ROOM, f"Room {number}", "Rowan unit" if number <= 12 else "Hazel unit")


def _hire(house: Furnished, at: datetime) -> None:
    for login, name, *_ in [*STAFF, *DAY_STAFF, ("maya", "Maya Chen")]:
        email = f"{login}@willow.example"
        house.staff[login] = staffing.add_staff(name=name, username=login, email=email, password=PASSWORD, by=DEMO, at=at)
    for role in (Role.MANAGER, Role.ADMINISTRATOR):
        staffing.give_role(
            staff_id=house.staff["maya"], role=role, place_id=house.places["Willow House"], by=DEMO, at=at
        )
    evening = at.astimezone(LONDON).replace(hour=20, minute=0, second=0, microsecond=0)
    if evening > at:
        evening -= timedelta(days=1)
    for night in range(7):
        _put_on(house, STAFF, evening + timedelta(days=night), at)
        _put_on(house, DAY_STAFF, evening + timedelta(days=night, hours=12), at)


def _put_on(house: Furnished, who: list[tuple[str, str, Role, str]], start: datetime, at: datetime) -> None:
    for login, _, role, where in who:
        staffing.put_on_shift(
            staff_id=house.staff[login], role=role, place_id=house.places[where],
            starts_at=start, ends_at=start + timedelta(hours=12), by=DEMO, at=at,
        )  # fmt: skip


def _welcome(house: Furnished, at: datetime) -> None:
    today = at.astimezone(LONDON).date()
    for number, (given, family, called, born, about, basis) in enumerate(PEOPLE, start=1):
        room = house.places[f"Room {number}"]
        person = people.admit_person(
            given_name=given, family_name=family, preferred_name=called, place_id=room, about=about,
            nhs_number=nhs_number(number), born_on=date.fromisoformat(born), by=DEMO, at=at,
            moved_in_on=today - timedelta(days=30 + number * 17),
        )  # fmt: skip
        house.persons[number], house.rooms[number] = person, room
        if basis:
            _consent(house, number, basis, today, at)
    people.add_to_circle(
        person_id=house.persons[ADA], name="Grace Okafor", relationship="Daughter", phone="07700 900456",
        may_be_told=True, may_see=True, by=DEMO, at=at,
    )  # fmt: skip


def _consent(house: Furnished, number: int, basis: Basis, today: date, at: datetime) -> None:
    said_yes = {
        Basis.OWN: ("the person", "Signed form in the office file"),
        Basis.ATTORNEY: ("daughter, attorney for health and welfare", "Registered power of attorney, copy in the file"),
        Basis.BEST_INTERESTS: ("best-interests meeting, led by Maya Chen", "Decision record in the file"),
    }
    given_by, evidence = said_yes[basis]
    wanted = [Purpose.ROOM_MOVEMENT, Purpose.CALL_FOR_HELP, *([Purpose.FALLS] if number in WEARING else [])]
    for purpose in wanted:
        people.give_consent(
            person_id=house.persons[number], purpose=purpose, basis=basis, given_by=given_by, evidence=evidence,
            review_on=today + timedelta(days=70 + 11 * number), by=DEMO, at=at,
        )  # fmt: skip


def _equip(house: Furnished, at: datetime) -> None:
    hub = sensors.enrol(
        family_name="zigbee2mqtt", label="Zigbee hub, office", place_id=house.places["Willow House"],
        purpose=Purpose.CALL_FOR_HELP, by=DEMO, at=at,
    )  # fmt: skip
    house.bridge = (hub.device_id, hub.secret)
    for number, room in house.rooms.items():
        for what, purpose, spot in IN_ROOM:
            sensors.adopt(
                bridge_id=hub.device_id, address=f"room-{number}-{what}", label=f"{what.capitalize()}, room {number}",
                place_id=room, person_id=house.persons[number], purpose=purpose, spot=spot,
                config={"meaning": MEANINGS[what]} if what in MEANINGS else {}, by=DEMO, at=at,
            )  # fmt: skip
    sensors.adopt(
        bridge_id=hub.device_id, address="garden-door", label="Garden door", place_id=house.places["Garden door"],
        purpose=Purpose.ROOM_MOVEMENT, spot="front_door", by=DEMO, at=at,
    )  # fmt: skip
    for number, position in WEARING.items():
        worn = sensors.enrol(
            family_name="wearable", label=f"Wearable, room {number}", place_id=house.rooms[number],
            person_id=house.persons[number], purpose=Purpose.FALLS, position=position, silent_after=timedelta(minutes=5), by=DEMO, at=at,
        )  # fmt: skip
        house.wearables[number] = (worn.device_id, worn.secret)


def dice(seed: int = 7) -> random.Random:
    """The same night every time it is played."""
    return random.Random(seed)  # noqa: S311 — a story, not a secret

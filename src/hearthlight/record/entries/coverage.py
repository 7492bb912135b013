"""Where each concept of *PRSB Care home information* lives: `python -m hearthlight.record.entries.coverage` prints the page.

The names of the concepts are PRSB's (prsb_care_home.txt, one path a line); nothing else of the standard is copied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hearthlight.record.entries.definitions import entries

NAMES = Path(__file__).with_name("prsb_care_home.txt")
DETAILS = "Change details"
PEOPLE: Mapping[str, str] = {
    "Person demographics/Person name/Person first name": "Patient.name.given",
    "Person demographics/Person name/Person family name": "Patient.name.family",
    "Person demographics/Person name/Person preferred name": "Patient.name (use: usual)",
    "Person demographics/Person name/Title": "Patient.name.prefix",
    "Person demographics/Person name/Person name suffix": "Patient.name.suffix",
    "Person demographics/Person name/Person full name": "Patient.name.text",
    "Person demographics/Date of birth": "Patient.birthDate",
    "Person demographics/Gender": "Patient.gender",
    "Person demographics/Ethnicity": "Patient.extension (UK Core ethnic category)",
    "Person demographics/Religion": "Patient.extension (HL7 religion)",
    "Person demographics/Sex": "Patient.extension (sex at birth)",
    "Person demographics/NHS number": "Patient.identifier (NHS number)",
    "Person demographics/Other identifier": "Patient.identifier",
    "Person demographics/Person's address/Address line 1": "Patient.address.line[0]",
    "Person demographics/Person's address/Address line 2": "Patient.address.line[1]",
    "Person demographics/Person's address/Address line 3": "Patient.address.line[2]",
    "Person demographics/Person's address/Address line 4": "Patient.address.line[3]",
    "Person demographics/Person's address/Address line 5": "Patient.address.line[4]",
    "Person demographics/Person's address/Postcode": "Patient.address.postalCode",
    "Person demographics/Place of birth": "Patient.extension (HL7 birth place)",
    "Person demographics/Organ and tissue donation": "Patient.extension (organ donation)",
}
"""What the people room keeps itself; its own mapper puts it there."""


@dataclass(frozen=True, slots=True)
class Lives:
    """`element` in the resource, and the screen where it is written and read."""

    concept: str
    element: str
    screen: str


def concepts() -> list[str]:
    """All of them, in the standard's order."""
    return NAMES.read_text().splitlines()


@cache
def homes() -> Mapping[str, Lives]:
    """The home of every concept that has one. A group lives where what is in it lives."""
    found = {concept: Lives(concept, element, DETAILS) for concept, element in PEOPLE.items()}
    for entry in entries().values():
        for one in entry.fields if entry.concept else ():
            concept = f"{entry.concept}/{one.concept}"
            found[concept] = Lives(concept, f"{entry.type}.{one.at}", entry.title)
    for concept in concepts():
        inside = [home for other, home in found.items() if other.startswith(f"{concept}/")]
        if concept not in found and inside:
            found[concept] = Lives(concept, f"{inside[0].element.split('.')[0]}: a group", inside[0].screen)
    return found


def homeless() -> list[str]:
    return [concept for concept in concepts() if concept not in homes()]


def page() -> Iterator[str]:
    yield "<!-- Drawn by `python -m hearthlight.record.entries.coverage`. Change the entries, then run scripts/fix. -->"
    yield "\n# PRSB Care home information: where each concept lives\n"
    yield f"{len(concepts())} concepts, {len(homeless())} without a home. *Screen* is the entry on a person's record page, or"
    yield f"*{DETAILS}*. `ext:` is an extension of ours, for what R4 has no element for; `#name:Type` a contained resource."
    yield "The names are those of the Professional Record Standards Body's *Care homes view of shared records*; that a concept has"
    yield "a home here is our own reading and not a conformance claim.\n"
    yield "| concept | resource and element | screen |"
    yield "|---|---|---|"
    for concept in concepts():
        lives = homes().get(concept)
        indent = "&nbsp;&nbsp;" * concept.count("/")
        name = concept.rpartition("/")[2]
        yield f"| {indent}{name} | `{lives.element}` | {lives.screen} |" if lives else f"| {indent}{name} | **none** | |"


if __name__ == "__main__":
    print("\n".join(page()))  # noqa: T201

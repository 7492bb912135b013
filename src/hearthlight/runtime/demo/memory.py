"""What the record of some people at Willow House says: Ada's in full, and what nobody may overlook about others."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from hearthlight.core.types import staff_actor
from hearthlight.record import actions as record
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.shape import resource_of
from hearthlight.record.types import Access, Section
from hearthlight.runtime.demo.house import ADA, Furnished

WRITTEN = timedelta(days=30)  # before the night begins
Said = tuple[int, str, dict[str, Any]]  # room number, entry, {concept: words}
NONE_KNOWN = {"Causative agent/Free text": "No known allergies", "Causative agent/Coded value": "716186003"}
ENTRIES: list[Said] = [
    (ADA, "about-me", {
        "What is most important to me": "My daughter Grace. The choir on Sundays. Being asked, not told.",
        "People who are important to me": "Grace rings every evening. My sister Ngozi writes from Enugu.",
        "How I communicate and how to communicate with me": "I hear well. I go quiet when I am in pain: look at my hands.",
        "My wellness": "When I am well I hum. When I am not, I stop, and I do not finish my tea.",
        "Please do and please don't": "Do knock. Do leave the hall light on. Don’t call me dear.",
        "How and when to support me": "Help with my left shoe. I wash by myself, slowly. At night walk beside me, not behind.",
        "Also worth knowing about me": "I was a ward sister for thirty years. I notice everything.",
        "Supported to write this by": "Grace Okafor, her daughter",
    }),
    (ADA, "allergy", {
        "Causative agent/Free text": "Penicillin", "Causative agent/Coded value": "91936005",
        "Reaction details cluster/Description of reaction/Free text": "Rash and swelling of the face",
        "Reaction details cluster/Severity/Coded value": "severe",
    }),
    (ADA, "alert", {"Alert": "Left hip replaced in 2021: no bending past a right angle."}),
    (ADA, "problem", {"Problem/Free text": "Osteoporosis"}),
    (ADA, "problem", {"Problem/Free text": "Atrial fibrillation"}),
    (ADA, "medicine", {
        "Medication item cluster/Medication name/Free text": "Apixaban 2.5 mg tablets",
        "Medication item cluster/Dose directions description": "One, morning and evening",
        "Medication item cluster/Course details cluster/Indication": "Atrial fibrillation",
    }),
    (ADA, "mobility", {"Mobility needs/Free text": "Walks with a stick; a frame when she is tired."}),
    (ADA, "resuscitation", {
        "Cardio-pulmonary resuscitation (CPR) decision/Free text": "For resuscitation: decided with Ada and Grace",
        "Location of document": "ReSPECT form, red folder in room 7",
    }),
    (ADA, "risk-of-accidents", {"Risk of accidents": "Falls when she reaches for the lamp at night. Lamp within reach, light on."}),
    (ADA, "gp", {"GP name": "Dr Rees", "GP practice details": "Elm Surgery, Mill Lane"}),
    (1, "allergy", NONE_KNOWN),
    (4, "alert", {"Alert": "Takes warfarin: any knock to the head goes to hospital."}),
    (4, "allergy", NONE_KNOWN),
    (10, "dols", {
        "Deprivation of liberty safeguards or equivalent": "May not leave the house alone.", "Application status": "Granted",
    }),
    (12, "allergy", {"Causative agent/Free text": "Latex"}),
]  # fmt: skip


def write_down_all(house: Furnished, until: datetime) -> None:
    by = staff_actor(house.staff["sam"])
    access = Access(by=by, people=None, may=lambda _type, _verb: True, sections=frozenset(Section))
    with transaction.atomic():
        for number, key, said in ENTRIES:
            entry = entries()[key]
            values = {entry.field(concept).name: words for concept, words in said.items()}
            resource = resource_of(entry, values, patient=f"person-{house.persons[number]}")
            record.create(resource, access=access, at=until - WRITTEN, origin=f"staff:{house.staff['sam']}")

"""What to look at after a fall, before anybody is moved: a guide of our own words.

What it rests on: the ambulance services' I-STUMBLE guide for care homes, NICE NG232 (head injury) and NG249 (falls).
It decides one thing only: do not move and ring 999, ask for advice first, or help them up. It errs towards help.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    YES = "YES"
    NO = "NO"
    UNSURE = "UNSURE"


class Advice(StrEnum):
    """Graver first."""

    DO_NOT_MOVE = "DO_NOT_MOVE"
    ASK_FIRST = "ASK_FIRST"
    HELP_UP = "HELP_UP"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to look at. A yes, or not being sure, counts as found; `advice` is what that asks for."""

    code: str
    asks: str
    hint: str
    advice: Advice
    watches_head: bool = False


QUESTIONS = (
    Question("RESPONDS", "Not answering, drowsy, or not their usual self?", "Speak to them first. Newly confused counts.",
             Advice.DO_NOT_MOVE, watches_head=True),
    Question("BREATHING", "Hard to breathe, chest pain, or blue or grey lips?", "", Advice.DO_NOT_MOVE),
    Question("NECK_BACK", "Pain in the neck or back, or numb or tingling arms or legs?", "Ask before you touch.",
             Advice.DO_NOT_MOVE),
    Question("LIMB", "New strong pain, or an arm, leg or hip that looks wrong?",
             "A leg shorter or turned out may be a broken hip. So may pain in the groin.", Advice.DO_NOT_MOVE),
    Question("BLEEDING", "Bleeding that does not stop when pressed?", "", Advice.DO_NOT_MOVE),
    Question("HEAD_BAD", "Hit their head and: passed out, was sick, a fit, fluid from ear or nose, or a very bad headache?",
             "", Advice.DO_NOT_MOVE, watches_head=True),
    Question("HEAD", "Hit their head, or may have? Nobody saw?", "A fall nobody saw counts as a knock to the head.",
             Advice.ASK_FIRST, watches_head=True),
    Question("THINNER", "Do they take a blood thinner?",
             "Warfarin, apixaban, rivaroxaban, edoxaban, dabigatran, clopidogrel. With a knock to the head they need "
             "to be seen, even if they look well.", Advice.HELP_UP),
    Question("LONG_LIE", "On the floor for more than an hour?", "Cold, thirst, kidneys and skin come to harm unseen.",
             Advice.ASK_FIRST),
    Question("FAINTED", "Did they faint, or feel dizzy or unwell before it?", "", Advice.ASK_FIRST),
    Question("CANNOT_MOVE", "Can they not move arms and legs as usual, by themselves?", "Let them move; do not pull.",
             Advice.DO_NOT_MOVE),
    Question("HURT", "Any other pain, bruise, graze or skin tear?", "Mark it on the body map afterwards.",
             Advice.HELP_UP),
)  # fmt: skip
CODES = tuple(question.code for question in QUESTIONS)
GRAVEST_FIRST = (Advice.DO_NOT_MOVE, Advice.ASK_FIRST, Advice.HELP_UP)

ACTS: dict[Advice, tuple[str, ...]] = {
    Advice.DO_NOT_MOVE: (
        "Do not move them, unless staying where they are is more dangerous.",
        "Ring 999 now. Say where you are, what you found, and any blood thinner.",
        "Stay with them, keep them warm, nothing to eat or drink.",
        "Not breathing as usual and not answering: start CPR, unless a valid decision says not to.",
    ),
    Advice.ASK_FIRST: (
        "Ring 111 (or your own urgent line) before you help them up, or as soon as they are safe.",
        "Stay with them and keep them warm while you ask.",
        "Worse while you wait: ring 999.",
    ),
    Advice.HELP_UP: (
        "Help them up as their moving plan says, with equipment rather than by lifting.",
        "Let them sit for a while, then stand with somebody beside them.",
        "In pain when they move: stop, lay them comfortable, and ring 111.",
    ),
}


@dataclass(frozen=True, slots=True)
class FallOutcome:
    advice: Advice
    flags: tuple[str, ...]  # codes of what was found, in the order of the questions
    watch: bool  # watch for what a knock to the head does later
    acts: tuple[str, ...]


def outcome(answers: Mapping[str, Answer | str]) -> FallOutcome:
    """What the answers ask for. One that is missing counts as not sure, and not sure counts as found: nobody is helped
    up because a question was passed over. A knock to the head on a blood thinner is never just helped up."""
    found = {code for code in CODES if Answer(answers.get(code, Answer.UNSURE)) is not Answer.NO}
    flags = tuple(question for question in QUESTIONS if question.code in found)
    advice = next(one for one in GRAVEST_FIRST if one is Advice.HELP_UP or any(flag.advice is one for flag in flags))
    acts = list(ACTS[advice])
    if {"HEAD", "THINNER"} <= found and advice is not Advice.DO_NOT_MOVE:
        acts.insert(0, "A knock to the head on a blood thinner: they need to be seen today in hospital. Ring 999 or 111 now.")
    watch = any(flag.watches_head for flag in flags)
    if watch:
        acts.append("Watch for drowsiness, confusion, sickness, headache or weakness for 24 hours: any of them, ring 999.")
    return FallOutcome(advice, tuple(flag.code for flag in flags), watch, tuple(acts))

"""The words for a fall seen: what a night carer reads on the alert."""

from collections.abc import Mapping
from typing import Any

DETECTOR = "falls"


def seen(facts: Mapping[str, Any]) -> str:
    blow, turn, still = facts["blow_g"], facts["turn_deg"], facts["still_s"]
    turned = "in a different posture" if turn >= 45 else "in much the same posture"
    rest = f"then {still:.0f} seconds lying almost still" if still >= 1 else "then still moving a little"
    return f"A hard knock ({blow:.1f} times the pull of gravity), {rest}, {turned} from before ({turn:.0f}° turned)."


def usual(facts: Mapping[str, Any]) -> str:
    return (
        "Walking, sitting down or a bump of the hand gives smaller or repeated knocks, and the movement goes on "
        f"afterwards; here the next largest knock was {100 * facts['next_blow_share']:.0f}% of this one."
    )


def sure(score: float, threshold: float) -> str:
    how = "Very sure" if score >= (1 + threshold) / 2 else "Fairly sure"
    return (
        f"{how}: the score is {score:.2f}, and it speaks from {threshold:.2f}. It learned from acted falls, mostly of "
        "younger people, so go and look."
    )


def silent_if(facts: Mapping[str, Any]) -> str:
    return (
        "It would have kept silent for a softer knock, for one among many alike, or if the person had gone on moving "
        f"as before within three seconds (before the knock: {facts['busy_before']})."
    )

"""Soft signs: what somebody who knows a person notices before any number changes. Our own words and order.

Homes that use RESTORE2 have its own printed chart, which may not be altered; this is not it and does not stand in for
it. One sign, or one worried person who knows them, is enough to tell the senior.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    code: str
    words: str
    hint: str = ""


SIGNS = (
    Sign("WORRIED", "Somebody who knows them is worried", "A relative, a carer, or the person: enough by itself."),
    Sign("BREATH", "More short of breath, chesty or coughing"),
    Sign("EATING", "Eating or drinking much less than usual"),
    Sign("HOT_COLD", "Shivering, feverish, very hot or very cold to touch"),
    Sign("MOVING", "Weaker, unsteady, or moving less than usual"),
    Sign("MIND", "New or worse confusion, agitation or anxiety"),
    Sign("PAIN", "New or worse pain"),
    Sign("AWAKE", "Harder to wake, sleepier, or not sleeping"),
    Sign("DIZZY", "Dizzy, faint, or very tired"),
    Sign("WATER", "Passing little or no water, or it looks or smells different"),
    Sign("BOWELS", "Loose, vomiting, or no bowels open for three days"),
    Sign("SKIN", "Skin pale, mottled, clammy, or a new rash or sore"),
)
CODES = tuple(sign.code for sign in SIGNS)
ACTS = (
    "Tell the senior on duty now what you saw and how it differs from usual.",
    "Do a full set of vital signs.",
    "If they look very unwell, do not wait for numbers: ring 999.",
)


def seen(codes: Iterable[str]) -> tuple[Sign, ...]:
    """The signs of these codes, in our order. Unknown codes are an error of the caller: KeyError."""
    wanted = set(codes)
    unknown = wanted - set(CODES)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return tuple(sign for sign in SIGNS if sign.code in wanted)

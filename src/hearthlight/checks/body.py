"""Where on the body: areas with their place on our drawing (x, y in a box of 200 by 440, front and back)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    words: str
    view: str  # FRONT or BACK
    x: int
    y: int


def _pair(code: str, words: str, view: str, x: int, y: int) -> tuple[Area, Area]:
    """Their left and their right: seen from the front, their left is on our right."""
    left, right = (200 - x, x) if view == "FRONT" else (x, 200 - x)
    return Area(f"LEFT_{code}", f"Left {words}", view, left, y), Area(f"RIGHT_{code}", f"Right {words}", view, right, y)


AREAS: tuple[Area, ...] = (
    Area("FACE", "Face", "FRONT", 100, 36),
    Area("CHEST", "Chest", "FRONT", 100, 118),
    Area("BELLY", "Belly", "FRONT", 100, 168),
    Area("GROIN", "Groin", "FRONT", 100, 214),
    *_pair("UPPER_ARM", "upper arm", "FRONT", 56, 128),
    *_pair("FOREARM", "forearm", "FRONT", 42, 176),
    *_pair("HAND", "hand", "FRONT", 32, 222),
    *_pair("THIGH", "thigh", "FRONT", 80, 262),
    *_pair("KNEE", "knee", "FRONT", 80, 312),
    *_pair("SHIN", "shin", "FRONT", 80, 358),
    *_pair("FOOT", "foot", "FRONT", 78, 418),
    Area("BACK_OF_HEAD", "Back of the head", "BACK", 100, 30),
    Area("NECK", "Neck", "BACK", 100, 70),
    *_pair("EAR", "ear", "BACK", 76, 40),
    *_pair("SHOULDER", "shoulder blade", "BACK", 76, 108),
    Area("SPINE", "Spine", "BACK", 100, 140),
    *_pair("ELBOW", "elbow", "BACK", 44, 158),
    Area("SACRUM", "Bottom of the spine", "BACK", 100, 196),
    *_pair("BUTTOCK", "buttock", "BACK", 82, 220),
    *_pair("HIP", "hip", "BACK", 66, 206),
    *_pair("CALF", "calf", "BACK", 80, 350),
    *_pair("ANKLE", "ankle", "BACK", 80, 396),
    *_pair("HEEL", "heel", "BACK", 80, 420),
)
BY_CODE = {area.code: area for area in AREAS}
FOUND = {
    "PRESSURE_MARK": "Mark from pressure", "BRUISE": "Bruise", "SKIN_TEAR": "Skin tear", "WOUND": "Wound or sore",
    "RASH": "Rash", "SWELLING": "Swelling", "DRY": "Very dry or cracked", "MOIST": "Sore from moisture", "OTHER": "Something else",
}  # fmt: skip
OVER_BONE = frozenset({"SACRUM", "LEFT_HEEL", "RIGHT_HEEL", "LEFT_HIP", "RIGHT_HIP", "LEFT_BUTTOCK", "RIGHT_BUTTOCK",
                       "LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_ANKLE", "RIGHT_ANKLE", "BACK_OF_HEAD", "SPINE", "LEFT_SHOULDER",
                       "RIGHT_SHOULDER", "LEFT_EAR", "RIGHT_EAR"})  # fmt: skip
"""Where pressure does harm first (NICE CG179)."""
PRESSURE_ACTS = (
    "Take the weight off it now, and turn or move them.",
    "Press it lightly for three seconds: if it stays red or dark, tell the senior or the nurse today.",
    "On dark skin look for purple, warmth, hardness or pain rather than red.",
)

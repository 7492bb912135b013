"""Words as a search compares them: without case, accents and needless space (R4 §3.1.1.4.8)."""

import unicodedata


def normalised(text: str) -> str:
    """`text` folded: "  José  O'BRIEN " and "jose o'brien" are the same. Punctuation stays."""
    if text.isascii():
        return " ".join(text.lower().split())
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).casefold().split())

"""What a backup says about itself: enough to prove, without trusting anything else, that it is whole."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = 1  # raised when an older program could not read a newer backup
NAME = "manifest.json"
CHUNK = 1 << 20  # bytes read at a time


class BackupError(Exception):
    """Something about a backup is not right; the sentence is for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`database` is sqlite or postgresql; `files` maps a name to its SHA-256; `rows` a table to how many it holds."""

    made_at: str
    version: str
    database: str
    files: dict[str, str]
    rows: dict[str, int]
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=2, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises BackupError for anything but a manifest this program understands."""
        try:
            told = json.loads(text)
            manifest = cls(**told)
        except (ValueError, TypeError) as error:
            raise BackupError("This is not a Hearthlight backup: its list of contents cannot be read.") from error
        if manifest.format != FORMAT:
            raise BackupError(f"This backup is of format {manifest.format}; this program reads format {FORMAT}.")
        if any(Path(name).name != name or name in ("", ".", "..") for name in manifest.files):
            raise BackupError("This backup names files outside its own folder. It is not one of ours.")
        return manifest


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

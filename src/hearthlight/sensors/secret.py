"""Device credentials: 256 random bits each, of which only a salted SHA-256 is kept.

A slow hash (argon2) makes guessing expensive where people choose the secret. Nobody chose these: at a million million
guesses a second, half of 2^256 tries takes 10^57 years, so slowness would buy nothing, and cost 50 ms for each of the
hundreds of devices that come back at once after a power cut.
"""

import hashlib
import hmac
import secrets

SECRET_BYTES = 32
SALT_BYTES = 16
SCHEME = "sha256"


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{SCHEME}${salt.hex()}${_digest(salt, secret.encode())}"


def is_right(kept: str, offered: bytes) -> bool:
    """Does the offered secret match? Takes as long for a wrong one, and for no one's."""
    scheme, _, rest = kept.partition("$")
    salt, _, digest = rest.partition("$")
    made = _digest(bytes.fromhex(salt) if scheme == SCHEME else b"", offered)
    return hmac.compare_digest(made, digest) and scheme == SCHEME


def _digest(salt: bytes, secret: bytes) -> str:
    return hashlib.sha256(salt + secret).hexdigest()

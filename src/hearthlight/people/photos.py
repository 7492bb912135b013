"""A person's photo, as it will be kept: turned upright, small, and with nothing hidden in it."""

import io

from PIL import Image, ImageOps

from hearthlight.core.types import Refusal

LONGEST_SIDE = 480  # px: twice the largest size any page shows
LARGEST_UPLOAD = 6 * 1024 * 1024  # bytes, as DATA_UPLOAD_MAX_MEMORY_SIZE; a phone's photo is 2 to 5 MB
LARGEST_JPEG = 25_000_000  # pixels: phones send 12 or 24 million; decoded at reduced scale
LARGEST_OTHER = 16_000_000  # pixels: decoded whole, 64 MB at 4 bytes each
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 85  # JPEG quality: about 40 kB a face at 480 px


def small_jpeg(uploaded: bytes) -> bytes:
    """The photo as a JPEG of at most 480 px a side, the right way up, with EXIF (place and time taken), colour
    profile and comments left out. Refuses what is not a photo, and files made to fill the memory when opened."""
    if len(uploaded) > LARGEST_UPLOAD:
        raise Refusal("The photo must be smaller than 6 MB")
    try:
        with Image.open(io.BytesIO(uploaded), formats=FORMATS) as picture:
            _check_size(picture)
            picture.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _saved(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Refusal("The photo has too many pixels: send a smaller one") from bomb
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, OverflowError, EOFError) as broken:
        # Pillow's parsers raise any of these on a damaged file; none of them is our fault.
        raise Refusal("The photo must be a JPEG, PNG or WebP picture") from broken


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > (LARGEST_JPEG if picture.format == "JPEG" else LARGEST_OTHER):
        raise Refusal("The photo has too many pixels: send a smaller one")


def _saved(picture: Image.Image) -> bytes:
    layer = picture.convert("RGBA")
    flat = Image.new("RGB", layer.size, "white")  # what was see-through becomes paper
    flat.paste(layer, mask=layer.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()

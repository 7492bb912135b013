import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hearthlight.core.types import Refusal
from hearthlight.people import photos


def _saved(picture, kind="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _opened(jpeg):
    picture = Image.open(io.BytesIO(jpeg))
    picture.load()
    return picture


@pytest.mark.parametrize(("size", "small"), [((4000, 3000), (480, 360)), ((300, 200), (300, 200)), ((200, 2000), (48, 480))])
def test_it_keeps_a_photo_small(size, small):
    kept = _opened(photos.small_jpeg(_saved(Image.new("RGB", size, "teal"))))

    assert (kept.format, kept.size, kept.mode) == ("JPEG", small, "RGB")


def test_it_turns_a_photo_upright_and_leaves_out_where_it_was_taken():
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste("blue", (0, 0, 200, 200))
    exif = picture.getexif()
    exif[0x0112] = 6  # held on its side: turn a quarter clockwise
    exif.get_ifd(0x8825)[1] = "N"  # a place on earth
    data = _saved(picture, exif=exif, comment=b"taken at home")

    kept = _opened(photos.small_jpeg(data))

    assert kept.size == (200, 400)
    red, _, blue = kept.getpixel((100, 50))
    assert blue > 200 and red < 60, "what was on the left is at the top"
    assert not kept.getexif() and "comment" not in kept.info and "icc_profile" not in kept.info


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "LA"])
def test_it_takes_every_kind_of_png(mode):
    kept = _opened(photos.small_jpeg(_saved(Image.new(mode, (50, 50)), "PNG")))

    assert kept.mode == "RGB"


def test_it_takes_what_is_see_through_for_paper():
    kept = _opened(photos.small_jpeg(_saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")))

    assert kept.getpixel((25, 25)) == (255, 255, 255)


def _bomb(side):
    """A PNG of a few kB that says it is `side` pixels square."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [4_001, 10_000, 30_000, 2_000_000_000])
def test_it_refuses_a_bomb_before_opening_it(side):
    with pytest.raises(Refusal, match="too many pixels|JPEG, PNG or WebP"):
        photos.small_jpeg(_bomb(side))


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"<svg onload=alert(1)>", b"\xff\xd8\xff", b"GIF89a" + b"\0" * 50,
     _saved(Image.new("RGB", (50, 50)))[:-300], _saved(Image.new("RGB", (50, 50)), "GIF")],
)
def test_it_refuses_what_is_not_a_photo(data):
    with pytest.raises(Refusal):
        photos.small_jpeg(data)


def test_it_refuses_a_file_too_large_to_be_a_phones_photo():
    with pytest.raises(Refusal, match="6 MB"):
        photos.small_jpeg(b"\xff" * (photos.LARGEST_UPLOAD + 1))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 800), st.binary(min_size=1, max_size=6), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_it_refuses_or_keeps_a_damaged_photo_and_never_crashes(where, noise, kind):
    data = bytearray(_saved(Image.radial_gradient("L").convert("RGB").resize((60, 60)), kind))
    where %= len(data)
    data[where : where + len(noise)] = noise

    try:
        kept = photos.small_jpeg(bytes(data))
    except Refusal:
        return
    assert max(_opened(kept).size) <= photos.LONGEST_SIDE

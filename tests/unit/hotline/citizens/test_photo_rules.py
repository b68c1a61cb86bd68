"""Photos are taken by what they are, and keep nothing but the picture."""

import pytest
from hypothesis import given, strategies as st

from hotline.citizens.photo_rules import (
    MOST_BYTES,
    PhotoRefused,
    PhotoTooLarge,
    picture_of,
)
from tests.support.pictures import SECRET, exif, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(jpeg(), "image/jpeg"), (jpeg(6), "image/jpeg"), (png(), "image/png"), (webp(), "image/webp")],
    ids=["jpeg", "turned-jpeg", "png", "webp"],
)
def test_what_is_said_beside_the_picture_is_cut_out(data: bytes, media_type: str) -> None:
    assert SECRET in data
    kept = picture_of(data)
    assert kept.media_type == media_type
    assert SECRET not in kept.data
    assert b"GPS" not in kept.data
    assert b"picture" in kept.data or media_type == "image/png"
    assert picture_of(kept.data) == kept


@pytest.mark.parametrize("order", ["<", ">"])
def test_how_the_telephone_was_held_is_kept_and_nothing_else(order: str) -> None:
    turned = picture_of(jpeg(6, order)).data
    assert turned.count(b"Exif\x00\x00") == 1
    assert exif(6)[:24] in turned
    assert b"Exif" not in picture_of(jpeg(1, order)).data
    assert b"Exif" not in picture_of(jpeg(99, order)).data


def test_the_scans_stay_whole() -> None:
    assert b"picture\xff\x00more\xff\xd0end" in picture_of(jpeg()).data
    assert picture_of(jpeg()).data.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg onload='alert(1)'>",
        b"<html><script>",
        b"GIF89a" + bytes(40),
        b"RIFF\x00\x00\x00\x00WAVE",
        jpeg()[:60],
        png()[:40],
        webp()[:34],
        b"\xff\xd8\xff",
        b"PK\x03\x04 a.jpg",
    ],
    ids=["empty", "svg", "html", "gif", "wave", "cut-jpeg", "cut-png", "cut-webp", "start", "zip"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoRefused):
        picture_of(data)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(PhotoTooLarge):
        picture_of(jpeg() + bytes(MOST_BYTES))


@given(st.sampled_from([jpeg(3), png(), webp()]), st.data())
def test_whatever_is_broken_is_refused_and_never_breaks(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    broken = data[:at] + draw.draw(st.binary(max_size=6)) + data[at + 1 :]
    try:
        picture_of(broken)
    except PhotoRefused:
        return

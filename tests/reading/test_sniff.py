import io

import pytest
from made_files import encoded, stroke

from sigunet.errors import PictureError, Unsupported
from sigunet.reading import sniff


@pytest.mark.parametrize("kind", [*sniff.FORMATS, "PDF"])
def test_formats_are_known_by_their_first_bytes(kind):
    file = io.BytesIO(encoded(stroke(), kind))
    assert sniff.kind(file, "it") == kind
    assert file.tell() == 0


def test_a_pdf_may_begin_late():
    assert sniff.kind(io.BytesIO(b"\n" * 500 + b"%PDF-1.7\n"), "it") == "PDF"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Dear Sir or Madam,\nplease find attached", "it is text, not a picture"),
        ("Sehr geehrte Öffentlichkeit".encode(), "it is text, not a picture"),
        ("text".encode("utf-16"), "it is text, not a picture"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', "SVG drawing"),
        (b"<!doctype html><title>404</title>", "it is text"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "a HEIC picture"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", "an AVIF picture"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "a video file"),
        (b"8BPS\x00\x01", "a Photoshop file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript file"),
        (b"SIMPLE  =                    T", "a FITS picture"),
        (b"P6\n2 2\n255\n\x00\x01", "a Netpbm picture"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an office document"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a sound or video file"),
        (bytes(128) + b"DICM", "a DICOM picture"),
        (b"\x00\x93\x12\xfe" * 9, "of no kind that is known"),
    ],
)
def test_other_files_are_unsupported(data, says):
    with pytest.raises(Unsupported, match=r"^it cannot be read: [^\n]+\.$") as caught:
        sniff.kind(io.BytesIO(data), "it")
    assert says in str(caught.value)
    assert caught.value.status == 415


def test_empty_and_cut_off_within_the_first_bytes():
    with pytest.raises(PictureError, match=r"it is empty\.$") as caught:
        sniff.kind(io.BytesIO(), "it")
    assert caught.value.status == 400
    for kind in ("PNG", "WEBP"):
        with pytest.raises(PictureError, match=r"it ends after 3 bytes\.$") as caught:
            sniff.kind(io.BytesIO(encoded(stroke(), kind)[:3]), "it")
        assert caught.value.status == 400

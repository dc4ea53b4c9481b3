"""What a file is, told by its first bytes and never by its name.

The rule behind the HTTP status: a file that begins as one of the formats that are read and cannot
be decoded is damaged (400); whatever begins otherwise is of an unsupported kind (415); an empty
file is neither, and gets its own sentence (400).
"""

from typing import BinaryIO

from sigunet.errors import PictureError, Unsupported

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
"""Picture formats that are decoded, by Pillow's names; its other decoders are never reached."""

PDF = "PDF"
"""What `kind` answers for a PDF."""

HEAD = 1024
"""How many bytes are looked at; a PDF may begin anywhere within them."""

_READ = "JPEG, PNG, TIFF, WebP, BMP, GIF and PDF are read"

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"%PDF-", PDF),
)

# Files that people take for pictures, or send by mistake.
_OTHERS = (
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x02\x00", "a cursor"),
    (b"DDS ", "a DirectX texture"),
    (b"SIMPLE  =", "a FITS picture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "an office document"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"RIFF", "a sound or video file"),
    (b"OggS", "a sound or video file"),
    (b"ID3", "a sound file"),
    (b"\x1aE\xdf\xa3", "a video file"),
    (b"SQLite format 3", "a database"),
)

_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def kind(file: BinaryIO, name: str) -> str:
    """Says what a file is, and leaves it at its beginning.

    Args:
        file: Seekable, at its beginning.
        name: What the sentences call it.

    Returns:
        One of `FORMATS`, or `PDF`.

    Raises:
        PictureError: If the file is empty or ends within its first few bytes.
        Unsupported: If it begins as nothing that is read.
    """
    head = file.read(HEAD)
    file.seek(0)
    if not head:
        raise PictureError(f"{name} cannot be read: it is empty.")
    for magic, format_ in _MAGIC:
        if head.startswith(magic):
            return format_
        if magic.startswith(head):
            raise PictureError(f"{name} cannot be read: it ends after {len(head)} bytes.")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if len(head) < 12 and b"RIFF".startswith(head[:4]):
        raise PictureError(f"{name} cannot be read: it ends after {len(head)} bytes.")
    if b"%PDF-" in head:
        return PDF
    raise Unsupported(f"{name} cannot be read: it is {_other(head)}; {_READ}.")


def _other(head: bytes) -> str:
    """Names, as well as its first bytes tell, a file that is not read."""
    for magic, what in _OTHERS:
        if head.startswith(magic):
            return what
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head[128:132] == b"DICM":
        return "a DICOM picture"
    if head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace():
        return "a Netpbm picture"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text, not a picture"
    if _CONTROL.isdisjoint(head):
        return "an SVG drawing, not a picture" if b"<svg" in head else "text, not a picture"
    return "of no kind that is known"


def _of_brand(brand: bytes) -> str:
    if brand in (b"avif", b"avis"):
        return "an AVIF picture"
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        return "a HEIC picture (a phone can be set to take JPEG)"
    return "a video file"

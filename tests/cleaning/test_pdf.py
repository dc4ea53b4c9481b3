import io
import json
import subprocess
import sys
import threading
import zlib

import numpy as np
import pytest
from made_files import encoded, stroke
from PIL import Image

from sigunet.cleaning.inputs import count_pages, read_input
from sigunet.errors import OptionError, PictureError, TooLarge
from sigunet.reading.pdfium import fitting


@pytest.fixture
def pdfium():
    return pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")


def pdf_of(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Writes a PDF of numbered objects, the first of them the catalogue."""
    out, places = b"%PDF-1.6\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Root 1 0 R/Size %d%b>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(places) + 1, table, len(places) + 1, trailer, len(out))
    )


def page_of(box: bytes, *more: bytes, entries: bytes = b"", trailer: bytes = b"") -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%b]%b>>" % (box, entries),
        *more,
        trailer=trailer,
    )


def test_a_page_is_drawn_at_its_size(pdfium):
    picture = stroke(size=(300, 150))
    data = encoded(picture, "PDF", resolution=300, quality=95)
    for channels, mode in ((1, "L"), (3, "RGB")):
        read = read_input(data, channels=channels)
        assert (read.dpi, read.notes) == (300, ())
        expected = np.asarray(picture.convert(mode), np.float32).reshape(150, 300, channels) / 255
        assert read.picture.shape == expected.shape
        # As a JPEG within the PDF, its colour at half the resolution.
        assert np.abs(read.picture - expected).mean() < (0.02 if channels == 1 else 0.06)
    assert read_input(data, channels=1, pdf_dpi=600).picture.shape == (300, 600, 1)
    assert count_pages(data) == 1


def test_pages_are_counted_and_chosen(pdfium):
    pages = [Image.new("L", (100, 50 + 10 * number), 255 - 50 * number) for number in range(3)]
    data = encoded(pages[0], "PDF", resolution=300, save_all=True, append_images=pages[1:])
    assert count_pages(data) == count_pages(io.BytesIO(data)) == 3
    for number in range(3):
        read = read_input(data, channels=1, page=number, name="a.pdf")
        assert read.picture.shape[0] == 50 + 10 * number
        assert read.picture.mean() == pytest.approx(1 - 50 * number / 255, abs=0.02)
        assert read.notes == (f"Page {number + 1} of the 3 of a.pdf was read.",)
    for number in (3, -1):
        with pytest.raises(OptionError, match=rf"a\.pdf has no page {number + 1}; it has 3") as e:
            read_input(data, channels=1, page=number, name="a.pdf")
        assert e.value.status == 422


def test_large_pages_are_drawn_smaller(pdfium):
    data = encoded(stroke(size=(300, 150)), "PDF", resolution=72)
    read = read_input(data, channels=3, max_pixels=20_000)
    height, width, _ = read.picture.shape
    assert 0.95 * 20_000 < height * width <= 20_000
    assert read.dpi == pytest.approx(72 * width / 300, rel=0.02)
    assert read.notes == (
        f"the picture was drawn at {read.dpi:.0f} dots per inch, so that it has at most "
        f"20,000 pixels.",
    )


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1e6), (1e6, 1), (3e4, 3e4), (0.001, 0.001), (1e8, 1e8), (1e-3, 1e8)]
)
def test_no_page_is_larger_than_the_caps(width, height):
    dpi = fitting(width, height, 300.0, 50_000_000)
    across, down = (int(np.ceil(side * dpi / 72)) for side in (width, height))
    assert across * down <= 50_000_000
    assert max(across, down) <= 30_000


def test_empty_page_is_white_and_a_strange_one_is_refused(pdfium):
    assert read_input(page_of(b"0 0 72 36"), channels=1).picture.shape == (150, 300, 1)
    assert read_input(page_of(b"0 0 72 36"), channels=1).picture.min() == 1
    # PDFium takes Letter for a page that has no size.
    assert read_input(page_of(b"0 0 0 0"), channels=1).picture.shape == (3300, 2550, 1)


def test_encrypted_and_damaged(pdfium):
    standard = b"<</Filter/Standard/V 1/R 2/P -4/O(%b)/U(%b)>>" % (b"o" * 32, b"u" * 32)
    locked = page_of(b"0 0 72 72", standard, trailer=b"/Encrypt 4 0 R/ID[(abcd)(abcd)]")
    for read in (lambda data: read_input(data, channels=1), count_pages):
        with pytest.raises(PictureError, match=r"the PDF is encrypted; [^\n]+\.$") as caught:
            read(locked)
        assert caught.value.status == 400
        with pytest.raises(PictureError, match=r"its PDF is damaged or cut off\.$"):
            read(b"%PDF-1.7\n")
    with pytest.raises(TooLarge):
        read_input(page_of(b"0 0 9 9"), channels=1, max_bytes=100)


def picture_page(width: int, height: int) -> bytes:
    """A page of one picture of a single colour, black, well packed."""
    packer = zlib.compressobj(9)
    body = b"".join([*(packer.compress(bytes(width)) for _ in range(height)), packer.flush()])
    drawn = b"q 72 0 0 72 0 0 cm /I Do Q"
    return page_of(
        b"0 0 72 72",
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
        b"/BitsPerComponent 8/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
        % (width, height, len(body), body),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
        entries=b"/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R",
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_a_large_picture_within_a_page_takes_little_memory(pdfium, channels):
    """PDFium unpacks by rows: 10,000 x 10,000 pixels are never held."""
    if sys.platform != "linux":
        pytest.skip("the limit on address space is Linux's")
    data = picture_page(10_000, 10_000)
    request = json.dumps({"page": 0, "channels": channels, "max_pixels": 10**6, "dpi": 300.0})
    child = (
        "import sys; from sigunet.reading import pdfium\npdfium.MEMORY = 90 << 20\npdfium.main()\n"
    )
    command = [sys.executable, "-c", child, request]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    said, pixels = done.stdout.split(b"\n", 1)
    assert json.loads(said)["shape"] == [300, 300]
    assert pixels == bytes(300 * 300 * channels)


def test_a_process_that_dies_costs_a_sentence(pdfium, monkeypatch):
    """As of a document that PDFium crashes on: here it cannot even start."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(PictureError, match="PDFium fails on it") as caught:
        read_input(page_of(b"0 0 9 9"), channels=1)
    assert caught.value.status == 400


def test_modules_of_the_working_directory_are_not_run(pdfium, tmp_path, monkeypatch):
    for name in ("pypdfium2", "json", "PIL"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert count_pages(page_of(b"0 0 9 9")) == 1


def test_threads_do_not_mix(pdfium):
    data = encoded(stroke(), "PDF", resolution=100)
    whole = read_input(data, channels=1).picture
    same = []

    def work():
        same.extend(np.array_equal(read_input(data, channels=1).picture, whole) for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 12


def test_a_missing_extra_is_one_sentence(tmp_path):
    """In a process in which PDFium cannot be found."""
    (tmp_path / "a.pdf").write_bytes(page_of(b"0 0 72 72"))
    child = (
        "import sys; sys.modules['pypdfium2'] = None\n"
        "from sigunet.cleaning.inputs import read_input\n"
        "from sigunet.errors import MissingExtra\n"
        "try: read_input(sys.argv[1], channels=1)\n"
        "except MissingExtra as error: print(error)\n"
    )
    command = [sys.executable, "-c", child, str(tmp_path / "a.pdf")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == (
        "This needs pypdfium2, which is not installed: pip install 'sigunet[pdf]'\n"
    )

import cv2
import numpy as np
import pytest

from sigunet import frozen
from sigunet import image as images
from sigunet.data.folder import ink_of
from sigunet.data.records import Record, encode_ink
from sigunet.data.source import Source
from sigunet.errors import ConfigError, DataError
from sigunet.frozen import EMPTY, ROWS, Scans, Stored, demo_set, frozen_set, set_digest
from sigunet.truth import ink_from_scan

WRITERS = 4


def squiggle(seed, height=90, width=180):
    """uint8[H, W] coverage of a wave that nobody signed."""
    x = np.linspace(15, width - 15, 200)
    y = height / 2 + 28 * np.sin(x / (7 + seed)) * np.cos(x / 50 + seed)
    canvas = np.zeros((height * 4, width * 4), np.uint8)
    points = np.rint(np.stack([x, y], -1) * 4).astype(np.int32)
    cv2.polylines(canvas, [points], False, 255, 16)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)


class Reader:
    """Records in memory."""

    def __init__(self, count=12, pairs=False):
        self.count, self.pairs = count, pairs

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        ink = squiggle(index)
        image = images.encode_png(255 - ink // 2) if self.pairs else b""
        return Record(encode_ink(ink), self.writers()[index], f"s{index}", image)

    def writers(self):
        return [f"w{n % WRITERS}" for n in range(self.count)]


def stored(**options):
    return Stored(Source(Reader(**options), digest="", split="test"))


@pytest.fixture(scope="module")
def pictures():
    return frozen_set(stored(), seed=3, per_row=2)


@pytest.fixture
def folder(tmp_path):
    for number, writer in enumerate(["000", "000f", "001", "010"]):
        (tmp_path / writer).mkdir()
        scan = 1 - images.to_float(squiggle(number)) * (0.9 - 0.2 * number)
        images.write(tmp_path / writer / f"{writer}_1.png", scan)
    return tmp_path


def test_pictures_are_what_the_contract_says(pictures):
    assert [p.row for p in pictures] == [row for row in ROWS for _ in range(2)]
    assert len({(p.row, p.name) for p in pictures}) == len(pictures)
    for picture in pictures:
        assert picture.image.dtype == np.float32 and picture.truth.dtype == bool
        assert picture.image.shape == (*picture.truth.shape, 1)
        assert np.array_equal(images.to_float(images.to_uint8(picture.image)), picture.image)
        assert picture.truth.any() == (picture.row != EMPTY)
        assert picture.truth.shape[0] >= 90 and picture.truth.shape[1] >= 180


def test_a_set_is_the_same_twice_and_other_with_another_seed(pictures):
    again = frozen_set(stored(), seed=3, per_row=2)
    assert [p.digest for p in again] == [p.digest for p in pictures]
    assert set_digest(again) == set_digest(pictures)
    other = frozen_set(stored(), seed=4, per_row=2)
    assert not {p.digest for p in other} & {p.digest for p in pictures}
    assert set_digest(other) != set_digest(pictures)


def test_a_picture_does_not_depend_on_how_many_there_are(pictures):
    alone = frozen_set(stored(), seed=3, per_row=1, rows={"lines": ROWS["lines"]})
    assert [p.digest for p in alone] == [p.digest for p in pictures if p.row == "lines"][:1]


def test_digest_covers_pixels_and_truth(pictures):
    picture = pictures[0]
    pixels, truth = picture.image.copy(), picture.truth.copy()
    pixels[0, 0] -= 1 / 255
    truth[0, 0] ^= True
    changed = [
        frozen.Picture(pixels, picture.truth, picture.row, picture.name),
        frozen.Picture(picture.image, truth, picture.row, picture.name),
    ]
    assert len({picture.digest, *(c.digest for c in changed)}) == 3


def test_each_row_degrades(pictures):
    """The ink of a clean picture is one even grey, and every other row changes that."""
    clean = [p for p in pictures if p.row == "clean"]
    for picture in clean:
        assert len(np.unique(picture.image[~picture.truth])) < 140
        assert np.ptp(picture.image[cv2.erode(picture.truth.astype(np.uint8), None) > 0]) < 0.01
    for picture in pictures:
        if picture.row in ("gaussian", "speckle", "salt_pepper"):
            assert np.ptp(picture.image[:8]) > 0.02, picture.row


def test_writers_take_turns():
    rows = {"clean": ""}
    names = [p.name for p in frozen_set(stored(), per_row=WRITERS, rows=rows)]
    assert {name.split("-")[1] for name in names} == {"w0", "w1", "w2", "w3"}
    names = [p.name for p in frozen_set(stored(), per_row=12, rows=rows)]
    assert len({name.split("-", 1)[1] for name in names}) == 12


def test_colour(pictures):
    colour = frozen_set(stored(), seed=3, per_row=1, rows={"clean": ""}, channels=3)
    assert colour[0].image.shape[-1] == 3


def test_demo_set_has_twenty_pictures_with_ink():
    pictures = demo_set(stored())
    assert len(pictures) == 20 and all(p.truth.any() for p in pictures)
    assert {p.row for p in pictures} == {"default"}


def test_scans_keep_their_own_pen(folder):
    signatures = Scans(folder)
    assert signatures.writers == ["000", "000f", "001", "010"]
    pictures = frozen_set(signatures, per_row=4, rows={"clean": ""})
    assert len({p.name.split("-")[1] for p in pictures}) == 4
    for picture in pictures:
        number = signatures.writers.index(picture.name.split("-")[1])
        scan = 1 - images.to_float(squiggle(number)) * (0.9 - 0.2 * number)
        _, mask = ink_from_scan(scan)
        assert np.count_nonzero(picture.truth) == np.count_nonzero(mask)
        assert picture.image.min() == pytest.approx(scan.min(), abs=0.05)


def test_dust_is_no_truth(tmp_path):
    (tmp_path / "w").mkdir()
    scan = 1 - 0.8 * images.to_float(squiggle(0))
    top = np.flatnonzero((scan < 0.5).any(1))[0]
    column = np.flatnonzero(scan[top] < 0.5)[0]
    scan[top - 3 : top - 1, column] = 0.2
    images.write(tmp_path / "w" / "a.png", scan)
    signature = Scans(tmp_path)[0]
    assert not (signature.ink[top - 3 : top - 1, column] > 0.5).any()
    assert np.array_equal(signature.ink > 0.5, ink_from_scan(scan)[1])
    # What is trained on and what is judged by are one.
    grey = images.read(tmp_path / "w" / "a.png")[..., 0]
    ink, _ = ink_of(grey)
    assert np.array_equal(ink, images.to_uint8(signature.ink))
    assert np.array_equal(images.to_float(ink) > 0.5, signature.ink > 0.5)


def test_scans_of_chosen_writers(folder):
    assert Scans(folder, "00[0-9]f?").writers == ["000", "000f", "001"]
    assert Scans(folder, writer_pattern=r"(\d+)f?_").writers == ["000", "000", "001", "010"]


def test_pairs_keep_their_picture():
    pictures = frozen_set(stored(pairs=True), per_row=1, rows={"clean": ""})
    assert pictures[0].image.shape == (90, 180, 1)
    assert pictures[0].image.min() == pytest.approx(0.5, abs=0.01)


def test_mistakes_are_sentences(folder, tmp_path_factory):
    with pytest.raises(DataError, match="does not exist"):
        Scans(folder / "none")
    with pytest.raises(DataError, match="no subfolder of a writer that matches"):
        Scans(folder, "9.*")
    with pytest.raises(ConfigError, match="no regular expression"):
        Scans(folder, "(")
    blank = tmp_path_factory.mktemp("blank")
    (blank / "w").mkdir()
    images.write(blank / "w" / "paper.png", np.ones((40, 60), np.float32))
    with pytest.raises(DataError, match=r"paper\.png holds no ink"):
        Scans(blank)[0]
    with pytest.raises(DataError, match="no signatures"):
        frozen_set(stored(count=0))
    for make in (frozen_set, demo_set):
        with pytest.raises(ConfigError, match="must be 0 or more, not -1"):
            make(stored(), seed=-1)
    with pytest.raises(ConfigError, match="gaussian"):
        frozen_set(stored(), rows={"noise": "gausian()"})

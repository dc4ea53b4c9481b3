from importlib import resources

import cv2
import numpy as np
import pytest
from PIL import Image

from sigunet import checkpoint, image
from sigunet.cleaning import Cleaner, Options, tiles
from sigunet.data.synthetic import scanned
from sigunet.errors import CheckpointError, OptionError, PictureError, TooLarge
from sigunet.truth import ink_from_scan


@pytest.fixture(scope="module")
def cleaner(trained):
    return Cleaner.from_checkpoint(trained[0])


@pytest.mark.parametrize("shape", [(1, 1), (16, 300), (130, 257)])
def test_ink_has_the_pictures_own_size(cleaner, shape):
    ink = cleaner.ink(np.ones((*shape, 1), np.float32))
    assert ink.shape == shape
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1


def test_padding_does_not_reach_into_the_picture(cleaner):
    picture = np.random.default_rng(0).random((128, 128, 1), np.float32)
    whole = cleaner._predict(picture)
    cut = cleaner._predict(picture[:100, :100])
    np.testing.assert_allclose(cut[:40, :40], whole[:40, :40], atol=1e-5)


def test_large_pictures_come_out_as_if_in_one_piece(cleaner, monkeypatch):
    picture = np.random.default_rng(0).random((300, 410, 1), np.float32)
    whole = cleaner._piece(picture)
    monkeypatch.setattr(tiles.predict, "__kwdefaults__", {"whole": 1, "core": 64, "blend": 16})
    pieces = []
    monkeypatch.setattr(cleaner, "_piece", lambda p: pieces.append(p) or Cleaner._piece(cleaner, p))
    assert np.abs(cleaner._predict(picture) - whole).max() < 1e-5
    assert len(pieces) == 30


def test_mask_uses_the_calibrated_threshold(cleaner, trained):
    picture = np.random.default_rng(0).random((64, 64, 1), np.float32)
    assert cleaner.threshold == checkpoint.read_meta(trained[1].checkpoint).threshold
    np.testing.assert_array_equal(cleaner.mask(picture), cleaner.ink(picture) > cleaner.threshold)


def test_letterboxed_network_answers_at_native_size(trained):
    boxed = Cleaner.from_checkpoint(trained[0])
    config = boxed.backend.meta["config"]
    data = {**config["data"], "sampling": "letterbox"}
    boxed.backend.meta = {**boxed.backend.meta, "config": {**config, "data": data}}
    picture = np.random.default_rng(0).random((90, 200, 1), np.float32)
    ink = boxed.find(picture).soft
    assert boxed.ink(picture).shape == ink.shape == (90, 200)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    # The same as by hand: squeezed, predicted, cut out and enlarged before any threshold.
    square, place = image.letterbox(picture, data["size"], fill=np.median(border))
    by_hand = image.unletterbox(boxed.backend(square[None])[0], place)
    np.testing.assert_allclose(ink, by_hand, atol=1e-5)
    assert len(np.unique(ink)) > 100


@pytest.fixture(scope="module")
def shipped():
    return Cleaner.from_pretrained()


def _page(number):
    ink, pigment = (layer / np.float32(255) for layer in scanned(77, number, 0))
    colour, paper = np.array([0.1, 0.15, 0.5]), np.array([0.97, 0.95, 0.88])
    page = paper + pigment[..., None] * (colour - paper)
    return page.astype(np.float32), ink > 0.5


def _fmeasure(found, true):
    return 2 * np.sum(found & true) / (found.sum() + true.sum())


def test_any_kind_gives_the_same(shipped, tmp_path):
    pixels = np.rint(_page(4)[0] * 255).astype(np.uint8)
    path = tmp_path / "page.png"
    Image.fromarray(pixels).save(path)
    with Image.open(path) as opened, path.open("rb") as file:
        sources = [pixels, pixels / 255, path, str(path), path.read_bytes(), opened, file]
        results = [shipped.clean(source) for source in sources]
    for result in results[1:]:
        np.testing.assert_allclose(result.soft, results[0].soft, atol=1e-5)
    assert results[0].verdict == "signature" and results[2].name == str(path)


def test_chalk_on_a_board(shipped):
    _, true = _page(4)
    board, chalk = np.array([0.1, 0.25, 0.15]), np.array([0.95, 0.95, 0.9])
    cover = cv2.GaussianBlur(true.astype(np.float32), (0, 0), 0.6)[..., None]
    page = (board + cover * (chalk - board)).astype(np.float32)
    result = shipped.clean(page, Options(format="rgba"))
    assert result.inverted and _fmeasure(result.mask, true) > 0.85
    pixels = result.render()
    # The ink keeps its own colour: chalk stays light.
    assert pixels[..., :3][pixels[..., 3] > 250].mean() > 180


@pytest.mark.parametrize("scale", [0.33, 0.5, 0.71, 1.5, 2.0, 3.0])
def test_size_does_not_matter(shipped, scale):
    page, true = _page(4)
    native = _fmeasure(shipped.mask(page), true)
    height, width = (round(side * scale) for side in true.shape)
    # What is ink is measured at that size: less than half of a pixel of a thin line is covered by it.
    _, truth = ink_from_scan(1 - image.resize(true.astype(np.float32), height, width))
    assert _fmeasure(shipped.mask(image.resize(page, height, width)), truth) > native - 0.05


def test_looks_are_told_and_checked(shipped):
    page, true = _page(4)
    sure = shipped.clean(page)
    assert sure.looks == sure.to_dict()["looks"] == 1
    twice = Cleaner(shipped.backend, looks="two").clean(page)
    assert twice.looks == 2 and not np.array_equal(twice.raw, sure.raw)
    assert _fmeasure(twice.mask, true) > 0.85
    with pytest.raises(OptionError, match="looks is 'three'"):
        Cleaner.from_pretrained(looks="three")
    # Before anything is read.
    with pytest.raises(OptionError, match="looks is 'three'"):
        Cleaner.from_checkpoint("nowhere", looks="three")


def test_pixels_are_bounded_where_a_picture_is_read(shipped, tmp_path):
    pixels = np.rint(_page(4)[0] * 255).astype(np.uint8)
    height, width = pixels.shape[:2]
    path = tmp_path / "page.png"
    Image.fromarray(pixels).save(path)
    for source in (pixels, path, path.read_bytes(), Image.fromarray(pixels)):
        for take in (shipped.read, shipped.clean):
            with pytest.raises(TooLarge, match=f"{width} x {height}, and at most"):
                take(source, max_pixels=height * width - 1)
        assert shipped.clean(source, max_pixels=height * width).raw.shape == (height, width)


def test_a_picture_that_was_read_is_not_copied(shipped):
    given = shipped.read(np.rint(_page(4)[0] * 255).astype(np.uint8), name="mine")
    result = shipped.clean_input(given, Options(crop=True))
    assert result.picture is given.picture and result.name == "mine"
    at_once = shipped.clean(given.picture, Options(crop=True))
    assert result.encode() == at_once.encode()


def test_confidence_is_lowest_at_the_edges(shipped):
    result = shipped.clean(_page(4)[0])
    edge = cv2.morphologyEx(result.mask.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    assert result.confidence[edge].mean() < result.confidence[~edge].mean()
    assert 0.5 <= result.confidence.min() and result.confidence.max() <= 1


def test_a_batch_comes_in_order_with_errors_in_their_place(shipped):
    pages = [_page(number)[0] for number in range(5)]
    sources = [*pages[:2], b"no picture", *pages[2:]]
    results = list(shipped.batch(iter(sources), workers=2))
    assert isinstance(results[2], PictureError)
    for page, result in zip(pages, [*results[:2], *results[3:]], strict=True):
        np.testing.assert_allclose(result.soft, shipped.clean(page).soft, atol=1e-6)


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="no folder"):
        Cleaner.from_checkpoint(tmp_path / "none")


def test_the_shipped_weights_clean_a_coloured_signature():
    cleaner = Cleaner.from_pretrained()
    assert cleaner.channels == 3
    ink, pigment = (layer / np.float32(255) for layer in scanned(77, 4, 0))
    # A blue pen on yellowish paper.
    colour, paper = np.array([0.1, 0.15, 0.5]), np.array([0.97, 0.95, 0.88])
    picture = paper + pigment[..., None] * (colour - paper)
    found, true = cleaner.mask(picture.astype(np.float32)), ink > 0.5
    assert 2 * np.sum(found & true) / (found.sum() + true.sum()) > 0.85
    assert cleaner.mask(np.ones((96, 130, 3), np.float32)).mean() < 0.002


def test_the_shipped_weights_are_small():
    folder = resources.files("sigunet") / "weights"
    sizes = {entry.name: len(entry.read_bytes()) for entry in folder.iterdir()}
    assert sizes["base.safetensors"] < 10_000_000
    assert "base.json" in sizes

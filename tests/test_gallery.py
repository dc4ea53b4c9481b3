import numpy as np
import pytest
from PIL import Image

from sigunet import gallery, noise, signatures
from sigunet.errors import ConfigError, SigunetError


@pytest.fixture(scope="module")
def page():
    return gallery.gallery()


def comment(path):
    with Image.open(path) as picture:
        return picture.info["comment"].decode()


def test_each_member_has_a_row(page, monkeypatch):
    told = []
    monkeypatch.setattr(gallery, "_page", lambda rows, columns: told.extend(rows))
    gallery.gallery(severities=(0.5,))
    names = [name for name, cells in told if cells]
    free = {
        name
        for name, member in noise.MEMBERS.items()
        if not any(isinstance(default, str) for default in member.parameters.values())
    }
    assert len(names) == len(free) and set(names) == free
    assert [name for name, cells in told if not cells] == list(gallery.STAGES.values())
    assert all(len(cells) == 1 for _, cells in told if cells)


def test_every_stage_has_a_name():
    assert tuple(gallery.STAGES) == noise.STAGES


def test_the_page_is_the_same_again():
    first, again = (gallery.gallery(severities=(0.5,)) for _ in range(2))
    assert first.dtype == np.uint8 and first.ndim == 3
    np.testing.assert_array_equal(again, first)


def test_harder_is_farther_from_clean():
    signature = gallery._signature(0, 1)
    clean, _ = noise.render(gallery._scene(signature, 0.0), 3)
    for name in ("gaussian", "blur", "gradient"):
        step = noise.parse(name).steps[0]
        cells = gallery._cells(signature, step, (0.1, 0.5, 0.9), [0, 0])
        changes = [np.abs(cell - clean).mean() for cell in cells]
        assert changes == sorted(changes) and changes[0] < changes[2]


def test_a_jpeg_is_small_enough(tmp_path, monkeypatch, page):
    monkeypatch.setattr(gallery, "gallery", lambda **_options: page)
    for limit in (500_000, 250_000):
        path = tmp_path / f"{limit}.jpg"
        gallery.draw(path, most_bytes=limit)
        assert path.stat().st_size <= limit
        with Image.open(path) as picture:
            assert picture.size == page.shape[1::-1]
    gallery.draw(tmp_path / "gallery.png")
    with Image.open(tmp_path / "gallery.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), page)


def test_a_jpeg_says_what_it_is_drawn_from(tmp_path, monkeypatch, page):
    monkeypatch.setattr(gallery, "gallery", lambda **_options: page)
    gallery.draw(tmp_path / "gallery.jpg", seed=3)
    told = gallery.drawn_from(seed=3)
    assert comment(tmp_path / "gallery.jpg") == told != gallery.drawn_from()


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (noise, "NOISE_VERSION", "another"),
        (signatures, "RENDERER_VERSION", "another"),
        (noise, "WIDE_RECIPE", noise.WIDE_RECIPE.replace("jpeg(8, 95", "jpeg(9, 95")),
        (noise, "MEMBERS", {k: v for k, v in noise.MEMBERS.items() if k != "fringe"}),
    ],
)
def test_another_family_is_another_line(monkeypatch, owner, name, value):
    before = gallery.drawn_from()
    monkeypatch.setattr(owner, name, value)
    assert gallery.drawn_from() != before


def test_the_gallery_that_is_shown_is_of_the_family_as_it_is():
    """Where this fails: sigunet gallery -o experiments/synthetic-data/gallery.jpg."""
    assert comment("experiments/synthetic-data/gallery.jpg") == gallery.drawn_from()


def test_bad_options_are_sentences(tmp_path, monkeypatch, page):
    for options in ({"severities": ()}, {"severities": (0.5, 1.5)}, {"seed": -1}):
        with pytest.raises(ConfigError, match="severities in"):
            gallery.gallery(**options)
    monkeypatch.setattr(gallery, "gallery", lambda **_options: page)
    (tmp_path / "file").write_text("")
    for name in ("gallery.jpg", "gallery.png"):
        with pytest.raises(SigunetError, match="cannot be written"):
            gallery.draw(tmp_path / "file" / name)

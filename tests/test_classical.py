import sys

import numpy as np
import pytest

from sigunet import classical
from sigunet.errors import MissingExtra
from sigunet.image import to_uint8
from sigunet.metrics import score


def scan(channels=1):
    rng = np.random.default_rng(0)
    image = np.full((90, 140, channels), 0.85, np.float32)
    image[40:45, 20:120] = 0.2
    image += rng.normal(0, 0.05, image.shape).astype(np.float32)
    return np.clip(image, 0, 1)


@pytest.mark.parametrize("name", classical.METHODS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_clear_line_is_found(name, channels):
    ink = classical.METHODS[name](scan(channels))
    assert ink.dtype == np.float32 and ink.shape == (90, 140)
    assert set(np.unique(ink)) == {0.0, 1.0}
    truth = np.zeros((90, 140), bool)
    truth[40:45, 20:120] = True
    assert np.mean((ink > 0.5) == truth) > 0.99


@pytest.mark.parametrize("name", classical.METHODS)
def test_agrees_with_doxapy(name):
    doxapy = pytest.importorskip("doxapy", reason="doxapy, the independent judge, is missing")
    image = np.clip(scan() * np.linspace(0.5, 1.1, 140, dtype=np.float32)[:, None], 0, 1)
    pixels = np.ascontiguousarray(to_uint8(image)[..., 0])
    judge = doxapy.Binarization(getattr(doxapy.Binarization.Algorithms, name.upper()))
    judge.initialize(pixels)
    theirs = np.empty_like(pixels)
    settings = {"window": classical.SAUVOLA_WINDOW, "k": classical.SAUVOLA_K}
    judge.to_binary(theirs, settings if name == "sauvola" else {})
    assert np.array_equal(theirs == 0, classical.METHODS[name](image) > 0.5)


@pytest.mark.parametrize("name", classical.methods())
def test_every_method_of_the_suite_finds_a_clear_line(name):
    image = scan(3)
    before = image.copy()
    ink = classical.methods()[name](image)
    assert ink.dtype == np.float32 and ink.shape == (90, 140)
    assert set(np.unique(ink)) == {0.0, 1.0}
    assert np.mean(ink[41:44, 24:116]) > 0.95
    assert np.mean(ink[:30]) < 0.4
    assert np.array_equal(image, before)
    assert np.array_equal(classical.methods()[name](image), ink)


def test_settings_are_told_and_reach_doxapy():
    pytest.importorskip("doxapy", reason="doxapy is missing")
    assert classical.methods()["wolf"].keywords["setting"] == classical.SUITE["wolf"]
    image = scan()
    other = classical.doxa(image, algorithm="WOLF", setting={"window": 61, "k": 0.1})
    assert not np.array_equal(other, classical.methods()["wolf"](image))


@pytest.mark.parametrize("name", classical.methods())
@pytest.mark.parametrize("shape", [(8, 8), (12, 90)])
def test_pictures_smaller_than_a_window_are_answered(name, shape):
    image = np.full((*shape, 1), 0.9, np.float32)
    image[3:5] = 0.1
    ink = classical.methods()[name](image)
    assert ink.shape == shape and np.isfinite(ink).all()


def test_without_doxapy_our_own_remain(monkeypatch):
    monkeypatch.setitem(sys.modules, "doxapy", None)
    assert list(classical.methods()) == ["otsu", "sauvola", "background"]
    with pytest.raises(MissingExtra, match=r"sigunet\[bench\]"):
        classical.doxa(scan(), algorithm="WOLF", setting={})


def test_background_follows_a_shadow_and_drops_specks():
    light = np.linspace(0.3, 1.0, 140, dtype=np.float32)[:, None]
    truth = np.zeros((90, 140), bool)
    truth[40:45, 20:120] = True
    image = light * np.where(truth, 0.3, 1.0)[..., None].astype(np.float32)
    image[::9, ::9] = 0
    found = classical.background(image) > 0.5
    assert np.mean(found != truth) < 0.04
    assert np.mean((classical.otsu(image) > 0.5) != truth) > 0.15


def test_the_best_threshold_is_the_best_of_all():
    image = scan()
    truth = np.zeros((90, 140), bool)
    truth[38:44, 20:120] = True
    best = classical.best_threshold(image, truth) > 0.5
    pixels = to_uint8(image)[..., 0]
    reached = [score(pixels <= level, truth)["fmeasure"] for level in range(256)]
    assert score(best, truth)["fmeasure"] == max(reached)
    assert not classical.best_threshold(image, np.zeros_like(truth)).any()


def test_sauvola_follows_a_shadow_that_otsu_cannot():
    light = np.linspace(0.3, 1.0, 140, dtype=np.float32)[:, None]
    truth = np.zeros((90, 140), bool)
    truth[40:45, 20:120] = True
    image = light * np.where(truth, 0.3, 1.0)[..., None].astype(np.float32)
    wrong = {n: np.mean((m(image) > 0.5) != truth) for n, m in classical.METHODS.items()}
    assert wrong["sauvola"] < 0.06 < 0.15 < wrong["otsu"]

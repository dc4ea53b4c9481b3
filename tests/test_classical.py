import numpy as np
import pytest

from sigunet import classical
from sigunet.image import to_uint8


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


def test_sauvola_follows_a_shadow_that_otsu_cannot():
    light = np.linspace(0.3, 1.0, 140, dtype=np.float32)[:, None]
    truth = np.zeros((90, 140), bool)
    truth[40:45, 20:120] = True
    image = light * np.where(truth, 0.3, 1.0)[..., None].astype(np.float32)
    wrong = {n: np.mean((m(image) > 0.5) != truth) for n, m in classical.METHODS.items()}
    assert wrong["sauvola"] < 0.06 < 0.15 < wrong["otsu"]

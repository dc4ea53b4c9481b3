import cv2
import numpy as np
import pytest

from sigunet import image
from sigunet.configs import default
from sigunet.data.sources import open_source


def tiny(cache_dir, **data):
    """24 signatures of 6 writers, 64 x 64, batches of 4."""
    config = default.get_config()
    config.batch_size = 4
    config.steps = 6
    config.data.update(
        {"cache_dir": str(cache_dir), "signatures": 24, "writers": 6, "size": 64, "workers": 2}
        | data
    )
    return config


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def config(cache):
    return tiny(cache)


@pytest.fixture
def source(config):
    return open_source(config.data, "train")


def scan(seed: int, height: int = 90, width: int = 160) -> np.ndarray:
    """A scrawl, black on off-white: float32[H, W]."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((height * 4, width * 4), np.uint8)
    points = (rng.random((7, 2)) * 0.8 + 0.1) * (width * 4, height * 4)
    cv2.polylines(ink, [points.astype(np.int32)], False, 255, 14)
    ink = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    return (0.97 - 0.9 * ink / 255).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Four writers with three scans each, and nothing wrong."""
    path = tmp_path / "scans"
    for writer in range(4):
        (path / f"w{writer}").mkdir(parents=True)
        for signing in range(3):
            image.write(path / f"w{writer}" / f"{signing}.png", scan(10 * writer + signing))
    return path


@pytest.fixture
def pairs(tmp_path):
    """Twelve pairs of four different truths, three to a truth."""
    path = tmp_path / "pairs"
    for part in ("images", "gt"):
        (path / part).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(12):
        clean = (scan(number % 4) - 0.07) / 0.9
        image.write(path / "gt" / f"{number:02d}.png", clean)
        noisy = clean + rng.normal(0, 0.1, clean.shape)
        image.write(path / "images" / f"{number:02d}.png", noisy.astype(np.float32))
    return path

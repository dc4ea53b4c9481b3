import cv2
import numpy as np
import pytest

from sigunet import image


@pytest.fixture
def ink():
    """Strokes of 4 px, with soft edges, on 224 x 224."""
    canvas = np.zeros((224, 224), np.uint8)
    across = np.linspace(0, 1, 60)
    for phase in (0.0, 1.0):
        points = np.column_stack([25 + 170 * across, 110 + 50 * np.sin(9 * across + phase)])
        cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 255, 4, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


@pytest.fixture(scope="session")
def certain(tmp_path_factory):
    """Writes the recipe in which members run for certain, on a scan where they need one."""
    folder = tmp_path_factory.mktemp("scans")
    image.write(folder / "page.png", np.random.default_rng(0).random((50, 60, 3), np.float32))
    given = {"documents": f"path={str(folder)!r}, "}
    return lambda *names: "|".join(f"{name}({given.get(name, '')}p=1)" for name in names)

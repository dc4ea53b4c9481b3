import cv2
import numpy as np
import pytest


@pytest.fixture
def ink():
    """Strokes of 4 px, with soft edges, on 224 x 224."""
    canvas = np.zeros((224, 224), np.uint8)
    across = np.linspace(0, 1, 60)
    for phase in (0.0, 1.0):
        points = np.column_stack([25 + 170 * across, 110 + 50 * np.sin(9 * across + phase)])
        cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 255, 4, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255

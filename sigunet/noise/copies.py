"""Member of the sensor stage: a photocopier or fax machine between the sheet and the scanner."""

import dataclasses

import cv2
import numpy as np

from sigunet.image import REC601
from sigunet.noise.fields import levels, smooth, stroke_width
from sigunet.noise.registry import Range, member, pick_log
from sigunet.noise.scene import Scene

_MOST_BLACK = 0.35  # of a page: dark patterns and shadows that a copy would close over the ink


@member("sensor", p=0.08, limits={"defects": (1e-6, 0.5)})
def copy(
    rng: np.random.Generator,
    scene: Scene,
    *,
    defects: Range = (0.005, 0.07),
    fax: float = 0.35,
) -> Scene:
    """A copy or a fax: nearly black and white, with dropouts, specks and streaks.

    Where it cuts between paper and ink follows the paper, as copiers' automatic background does. A
    page of which more than 35 % would turn black is not copied.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        defects: Share of the pixels that turn: holes in the ink, toner on the paper.
        fax: Share of faxes: coarser rows, edges without greys, lost lines.

    Returns:
        The scene with a picture of one channel, or the scene itself.
    """
    image = scene.image
    if image.shape[-1] == 3:
        image = cv2.transform(image, np.array([REC601], np.float32))
    grey = image.reshape(scene.shape)
    seen = grey / np.maximum(_background(grey), np.float32(0.05))
    ink = _ink_level(scene, seen)
    # Cut nearer to the ink, a copy is pale and broken; nearer to the paper, fat and dirty.
    cut = 1 - (1 - ink) * rng.uniform(0.35, 0.65)
    if (seen < cut).mean() > _MOST_BLACK:
        return scene
    seen += np.float32(0.12 * (1 - ink)) * smooth(rng, scene.shape, rng.uniform(1, 2))
    is_fax = rng.random() < fax
    tall = 1.0
    if is_fax and min(scene.shape) > 8:
        # Fine and standard mode; standard has half the rows.
        tall = min(rng.uniform(1.2, 2.2), max(1.0, stroke_width(scene.ink) / 1.3))
        rows = max(4, round(scene.shape[0] / tall))
        seen = cv2.resize(seen, (scene.shape[1], rows), interpolation=cv2.INTER_AREA)
    black = np.clip((np.float32(cut) - seen) * np.float32(30 if is_fax else 8), -0.5, 0.5)
    black += np.float32(0.5)
    _spoil(rng, black, pick_log(rng, defects, scene.severity))
    if is_fax:
        # Lost rows repeat the one before.
        lost = np.flatnonzero(rng.random(len(black)) < 0.02 * rng.random())
        black[lost] = black[np.maximum(lost - 1, 0)]
        black = cv2.resize(black, scene.shape[::-1], interpolation=cv2.INTER_NEAREST)
    elif rng.random() < 0.35:
        _streak(rng, black)
    darkest, lightest = rng.uniform(0.0, 0.25), rng.uniform(0.92, 1.0)
    if not is_fax:
        # Toner lies unevenly in what is solid.
        darkest = darkest + np.abs(smooth(rng, scene.shape, 3)) * np.float32(0.1 * rng.random())
    out = np.float32(lightest) + black * (darkest - np.float32(lightest))
    return dataclasses.replace(scene, image=out.astype(np.float32)[..., None])


def _background(grey: np.ndarray) -> np.ndarray:
    """Estimates the paper float32[H, W]: the brightest nearby, smoothed, at a sixth of the size."""
    small = [max(1, side // 6) for side in grey.shape]
    coarse = cv2.resize(grey, small[::-1], interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(cv2.dilate(coarse, np.ones((7, 7), np.uint8)), (0, 0), 4)
    return cv2.resize(coarse, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _ink_level(scene: Scene, seen: np.ndarray) -> float:
    measured = levels(dataclasses.replace(scene, image=seen[..., None]))
    # A copy of nothing has no ink to adjust to.
    return 0.4 if measured is None else float(np.clip(measured[1], 0.0, 0.85))


def _spoil(rng: np.random.Generator, black: np.ndarray, share: float) -> None:
    """Turns a share of the pixels: holes in the ink and specks on the paper, in place."""
    # Most defects are small, some are clumps, and they come where the drum is worn.
    worn = smooth(rng, black.shape, 2) + 0.8 * smooth(rng, black.shape, 40)
    deviation = 1.28
    holes = worn > deviation * _quantile(share * rng.uniform(1, 2.5))
    np.minimum(black, np.float32(1) - holes.astype(np.float32), out=black)
    specks = smooth(rng, black.shape, rng.uniform(1.0, 2.0)) > _quantile(share * rng.uniform(0, 1))
    np.maximum(black, specks.astype(np.float32), out=black)


def _quantile(share: float) -> float:
    """Returns how many deviations a normal number exceeds in a share of draws.

    Abramowitz and Stegun 26.2.22, within 0.003 for shares up to one half.
    """
    t = np.sqrt(-2 * np.log(min(max(share, 1e-6), 1.0)))
    return float(t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t))


def _streak(rng: np.random.Generator, black: np.ndarray) -> None:
    """Draws one to three lines along the paper's way, dark or blank, in place."""
    along = rng.random() < 0.7
    lines = black.T if not along else black
    for _ in range(rng.integers(1, 4)):
        start = rng.integers(lines.shape[1])
        band = lines[:, start : start + rng.integers(1, 3)]
        band += np.float32(rng.uniform(0.2, 0.7)) * (float(rng.random() < 0.6) - band)

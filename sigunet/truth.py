"""What counts as ink in a real scan of a signature on plain paper.

A scan has no ground truth of its own, and a score moves by ten points with what is called ink. One
rule serves every method: ink is where the picture is darker than half of the local strength of the
pen, which is the half-contrast edge of a stroke, for a faint ballpoint as for a black marker.
"""

import cv2
import numpy as np

MEASURABLE = 24  # px; less ink is a speck, whose strokes have no width that could be measured
MIN_SPECK = 8  # px; a smaller 8-connected patch is dust, not ink

_PAPER_STEP = 4  # px of the picture to one px of the paper estimate
_PAPER_WINDOW = 65  # px; wider than any blot of ink, narrower than most shadows
_PEN_RADIUS = 3.0  # px; sigma of the neighbourhood whose pen strength is measured
_PEN_MARGIN = 2  # px; how far a dark stroke may not reach over to a pale one beside it
_MIN_CONTRAST = 0.06  # of the grey range; paler marks cannot be told from paper and JPEG ghosts
_MIN_SHARE = 0.15  # of the strength of the darkest ink; the same, beside a black pen
_NOISE_FACTOR = 5.0  # standard deviations of the paper that ink must exceed
_EDGE = 5  # px; how far the soft edge of a stroke reaches, both sides together
_NO_INK = 127 / 255  # the most that what is no ink covers: under one half in 8 bits as well


def ink_from_scan(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures ink in a scan of a signature on plain paper, at the scan's own size.

    Coverage is (paper - grey) / (paper - ink level), clipped to [0, 1]. Paper is a closing over 65 px;
    the ink level is a mean of the darkness, weighted by its square, over a few pixels, which follows the
    pen from stroke to stroke and is hardly lowered by soft edges or raised by single dark grains.
    Where no pen is near, the ink level is held at a floor, so that paper stays near zero.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black; about 150 to 600 dpi.

    Returns:
        coverage, float32[H, W] in [0, 1], 1 = ink, and mask, bool[H, W], True where coverage is
        over one half and the 8-connected patch has at least `MIN_SPECK` pixels.

    Raises:
        ValueError: `grey` is not two-dimensional or is empty.
    """
    darkness, strength = _measure(grey)
    coverage = np.clip(darkness / strength, 0.0, 1.0)
    return coverage, drop_specks(coverage > 0.5, MIN_SPECK)


def coverage_target(grey: np.ndarray) -> np.ndarray:
    """Measures the ink of a scan as the coverage that a network learns and is judged by.

    It is the coverage of `ink_from_scan` on ink and on the soft edges of its strokes. Grain of the
    paper elsewhere is zero, and a dark speck beside a stroke stays under one half: over one half is
    exactly the mask of `ink_from_scan`, after rounding to 8 bits too.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black.

    Returns:
        float32[H, W] in [0, 1], 1 = ink; zero throughout where the scan shows no ink.

    Raises:
        ValueError: As `ink_from_scan`.
    """
    coverage, mask = ink_from_scan(grey)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((_EDGE, _EDGE), np.uint8))
    edge = np.minimum(coverage, np.float32(_NO_INK)) * near
    return np.where(mask, coverage, edge).astype(np.float32, copy=False)


def pen_from_scan(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Measures how dark the pen wrote, so that a scan can be drawn again from its coverage.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black.

    Returns:
        density, float32[H, W] in [0, 1], strength of the pen near each pixel relative to the
        darkest ink; and the grey of the darkest ink on white paper, in [0, 1].

    Raises:
        ValueError: As `ink_from_scan`.
    """
    darkness, strength = _measure(grey)
    inked = strength[darkness > 0.5 * strength]
    darkest = float(np.percentile(inked, 98)) if inked.size else 1.0
    return np.clip(strength / darkest, 0.0, 1.0), 1.0 - min(darkest, 1.0)


def _measure(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Darkness against the paper, and the local strength of the pen, never below the floor."""
    if grey.ndim != 2 or grey.size == 0:
        raise ValueError(f"a grey picture [H, W] is needed, not {grey.shape}")
    darkness = _darkness(np.asarray(grey, np.float32))
    return darkness, np.maximum(_pen_strength(darkness), _floor(darkness))


def drop_specks(mask: np.ndarray, min_area: int) -> np.ndarray:
    """Removes small patches of ink.

    Args:
        mask: bool[H, W], True = ink.
        min_area: px; 8-connected patches with fewer pixels go.

    Returns:
        bool[H, W].
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= min_area
    keep[0] = False
    return keep[labels]


def paper(picture: np.ndarray, window: int) -> np.ndarray:
    """Estimates the paper under what is written: a closing, followed by a blur.

    Args:
        picture: float32[H, W] or [H, W, C] in [0, 1], 0 = black.
        window: px; wider than any stroke or blot, narrower than shadows.

    Returns:
        float32, of the picture's shape.
    """
    height, width = picture.shape[:2]
    small = (max(width // _PAPER_STEP, 1), max(height // _PAPER_STEP, 1))
    sheet = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    side = window // _PAPER_STEP | 1
    # Black around the picture: a closing fills it from within, and follows a shadow to the edge.
    sheet = cv2.copyMakeBorder(sheet, side, side, side, side, cv2.BORDER_CONSTANT, value=0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    sheet = cv2.morphologyEx(sheet, cv2.MORPH_CLOSE, kernel)
    sheet = np.ascontiguousarray(sheet[side:-side, side:-side])
    sheet = cv2.GaussianBlur(sheet, (0, 0), 1.5)
    sheet = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_LINEAR)
    # OpenCV drops a channel axis of length one.
    return sheet.reshape(picture.shape)


def _darkness(grey: np.ndarray) -> np.ndarray:
    """How much darker than the paper around it each pixel is: float32[H, W], 0 on paper."""
    darkness = paper(grey, _PAPER_WINDOW) - grey
    # A closing runs along the bright side of the paper's grain: bring its middle back to zero.
    darkness -= min(max(float(np.median(darkness)), 0.0), 0.04)
    return np.maximum(darkness, 0.0)


def _floor(darkness: np.ndarray) -> float:
    """The least pen strength that is believed in this picture, as a share of the grey range."""
    # Half of the paper's noise is cut off at zero, so its 68th percentile of |noise| is read from
    # the positive half: the 84th of all pixels when there is no ink, a little lower with ink.
    blank = darkness[darkness < _MIN_CONTRAST]
    noise = float(np.percentile(blank, 80)) if blank.size else 0.0
    darkest = float(np.percentile(darkness, 99.5))
    return max(_MIN_CONTRAST, _NOISE_FACTOR * noise, _MIN_SHARE * darkest)


def _pen_strength(darkness: np.ndarray) -> np.ndarray:
    """Darkness of the pen near each pixel: float32[H, W]."""
    strength = strongest_mean(darkness, _PEN_RADIUS)
    side = 2 * _PEN_MARGIN + 1
    return cv2.erode(strength, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def strongest_mean(
    values: np.ndarray, sigma: float, weight: np.ndarray | None = None, *, least: float = 1e-12
) -> np.ndarray:
    """Means around each pixel in which the strong count most, and soft edges hardly at all.

    Lehmer's mean of the third order: the sum of cubes by that of squares.

    Args:
        values: float32[H, W]; negative ones count as their opposites do.
        sigma: Of the Gaussian that says how far around, px.
        weight: float32[H, W], how much each pixel counts; None counts all alike.
        least: The mean square, by weight, is taken for no less: where there is next to nothing the
            result falls to zero.

    Returns:
        float32[H, W].
    """
    square = values * values
    if weight is not None:
        square *= weight
    above = cv2.GaussianBlur(square * np.abs(values), (0, 0), sigma)
    below = cv2.GaussianBlur(square, (0, 0), sigma)
    return above / np.maximum(below, np.float32(least))


def stroke_width(mask: np.ndarray) -> float:
    """Estimates the mean width of the strokes: twice their area over the length of their outline.

    Args:
        mask: bool[H, W], True = ink.

    Returns:
        px; 0 where there is no ink. A stroke of 3 px and more is met within a tenth.
    """
    pixels = mask.astype(np.uint8)
    outlines, _ = cv2.findContours(pixels, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    # An outline runs through the centres of the outermost pixels, half a pixel inside the stroke.
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    area = float(pixels.sum())
    return 2 * area / length if length else float(area > 0)

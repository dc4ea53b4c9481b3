"""What can be measured on a signature, so that drawn ones can be held against real ones."""

from collections.abc import Mapping

import cv2
import numpy as np

from sigunet.truth import ink_from_scan, pen_from_scan

FEATURES: Mapping[str, str] = {
    "width": "mean width of the line, px",
    "width spread": "its standard deviation within the picture, over the mean",
    "ink share": "ink over the area of its bounding box",
    "aspect": "width over height",
    "components": "connected parts",
    "curvature": "median turn of the outline, rad over 10 px",
    "bends": "90th percentile of that turn",
    "straightness": "share of the outline in straight runs of at least 40 px",
    "size": "geometric mean of width and height, px",
    "length": "length of the line over the size",
    "small parts": "share of the connected parts under a tenth of the largest",
    "largest part": "share of the ink in the largest part",
    "ends": "free ends of the line",
    "junctions": "places where lines meet or cross",
    "loops": "enclosed patches of paper",
    "loop size": "median area of the loops, as the side of a square over the size",
    "long run": "longest straight run over the size",
    "slant": "mean direction of the steep strokes from the vertical, rad",
    "slant spread": "its standard deviation, rad",
    "steep share": "share of the outline within 40 degrees of the vertical",
    "rise": "direction of the ink as a whole, rad",
    "slimness": "extent of the ink along over across that direction",
    "centre x": "middle of the ink, from left (0) to right (1)",
    "centre y": "middle of the ink, from top (0) to bottom (1)",
    "raggedness": "length of the outline over that of the smoothed one, less one",
    "darkness": "mean strength of the pen over that of its darkest ink",
    "darkness spread": "its standard deviation",
}
"""What is measured, in the order of `measure`."""

NAMED = tuple(FEATURES)[:8]
"""Width with its spread, ink share, aspect, components, curvature with bends, straightness."""

_LOGARITHMIC = frozenset(
    {"width", "ink share", "aspect", "components", "size", "length", "ends", "junctions", "loops"}
    | {"slimness", "width spread", "loop size", "long run", "raggedness"}
)
_STRAIGHT = 40.0  # px
_TOLERANCE = 1.5  # px; how far a straight run may leave the straight line
_SMOOTH = 3.0  # px; sigma along the outline, below which a bend is raggedness


def comparable(values: np.ndarray) -> np.ndarray:
    """Brings features to scales on which differences can be compared.

    Args:
        values: float64[N, len(FEATURES)] of `measure`.

    Returns:
        The same with the logarithm of what is a ratio, a length or a count.
    """
    columns = [name in _LOGARITHMIC for name in FEATURES]
    return np.where(columns, np.log(np.maximum(values, 0) + 0.02), values)


def measure(grey: np.ndarray) -> np.ndarray | None:
    """Measures a signature on plain paper, cropped to its ink.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black.

    Returns:
        float64[len(FEATURES)] in the order of `FEATURES`, or None where there is hardly any ink.
    """
    _, mask = ink_from_scan(grey)
    if mask.sum() < 100:
        return None
    strength, _ = pen_from_scan(grey)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mask, strength = np.pad(mask[box], 1), np.pad(strength[box], 1)
    height, width = mask.shape[0] - 2, mask.shape[1] - 2
    size = float(np.sqrt(height * width))
    values = {
        "ink share": mask.sum() / (height * width),
        "aspect": width / height,
        "size": size,
        "darkness": strength[mask].mean(),
        "darkness spread": strength[mask].std(),
    }
    values |= _parts(mask, size) | _line(mask, size) | _outline(mask, size) | _mass(mask)
    return np.array([values[name] for name in FEATURES], float)


def _parts(mask: np.ndarray, size: float) -> dict[str, float]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    _, _, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    # The first patch is the ink itself, the largest of the others the paper around it.
    holes = np.sort(stats[1:, cv2.CC_STAT_AREA])[:-1]
    holes = holes[holes >= 4]
    return {
        "components": len(areas),
        "small parts": (areas < 0.1 * areas.max()).mean(),
        "largest part": areas.max() / areas.sum(),
        "loops": len(holes),
        "loop size": np.sqrt(np.median(holes)) / size if len(holes) else 0.0,
    }


def _line(mask: np.ndarray, size: float) -> dict[str, float]:
    thin = skeleton(mask)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    widths = 2 * distance[thin] - 1
    branches = cv2.LUT(_neighbours(thin.astype(np.uint8)), _branches())
    forks = (thin & (branches >= 3)).astype(np.uint8)
    forks = cv2.dilate(forks, np.ones((5, 5), np.uint8))
    return {
        "width": widths.mean(),
        "width spread": widths.std() / widths.mean(),
        "length": thin.sum() / size,
        "ends": (thin & (branches == 1)).sum(),
        "junctions": cv2.connectedComponents(forks)[0] - 1,
    }


def _outline(mask: np.ndarray, size: float) -> dict[str, float]:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    found = [outline for outline in found if len(outline) >= 24]
    turns, headings, weights, runs = [], [], [], []
    rough = smooth_length = 0.0
    for outline in found:
        rough += cv2.arcLength(outline, True)
        smooth = _smoothed(outline[:, 0].astype(float))
        step = np.roll(smooth, -1, axis=0) - smooth
        length = np.hypot(step[:, 0], step[:, 1]) + 1e-9
        smooth_length += length.sum()
        heading = np.arctan2(-step[:, 1], step[:, 0])
        turn = np.angle(np.exp(1j * (np.roll(heading, -1) - heading)))
        turns.append(np.abs(turn) / length * 10)
        headings.append(heading)
        weights.append(length)
        corners = cv2.approxPolyDP(outline, _TOLERANCE, True)[:, 0].astype(float)
        runs.append(np.hypot(*(np.roll(corners, -1, axis=0) - corners).T))
    if not found:
        keys = ("curvature", "bends", "straightness", "long run", "slant", "slant spread")
        return dict.fromkeys((*keys, "steep share", "raggedness"), 0.0)
    turn, heading = np.concatenate(turns), np.concatenate(headings)
    weight, run = np.concatenate(weights), np.concatenate(runs)
    lean = (np.pi / 2 - heading % np.pi + np.pi / 2) % np.pi - np.pi / 2
    steep = np.abs(lean) < np.radians(40)
    share = weight[steep].sum() + 1e-9
    slant = (lean * weight)[steep].sum() / share
    return {
        "curvature": np.median(turn),
        "bends": np.quantile(turn, 0.9),
        "straightness": run[run >= _STRAIGHT].sum() / run.sum(),
        "long run": run.max() / size,
        "slant": slant,
        "slant spread": np.sqrt((((lean - slant) ** 2) * weight)[steep].sum() / share),
        "steep share": share / weight.sum(),
        "raggedness": rough / smooth_length - 1,
    }


def _smoothed(outline: np.ndarray) -> np.ndarray:
    """A closed outline float64[N, 2] without its steps from pixel to pixel."""
    reach = np.arange(-9, 10)
    kernel = np.exp(-(reach**2) / (2 * _SMOOTH**2))
    around = np.pad(outline, ((9, 9), (0, 0)), mode="wrap")
    columns = [np.convolve(column, kernel / kernel.sum(), mode="valid") for column in around.T]
    return np.stack(columns, axis=1)


def _mass(mask: np.ndarray) -> dict[str, float]:
    y, x = np.nonzero(mask)
    values, vectors = np.linalg.eigh(np.cov(np.stack([x, -y]).astype(float)) + 1e-6 * np.eye(2))
    along = vectors[:, 1] * (1 if vectors[0, 1] >= 0 else -1)
    return {
        "rise": np.arctan2(along[1], along[0]),
        "slimness": np.sqrt(values[1] / max(values[0], 1e-6)),
        "centre x": x.mean() / mask.shape[1],
        "centre y": y.mean() / mask.shape[0],
    }


def skeleton(mask: np.ndarray) -> np.ndarray:
    """Thins ink to lines one pixel wide (Zhang and Suen, 1984).

    Args:
        mask: bool[H, W], True = ink.

    Returns:
        bool[H, W].
    """
    thin = np.pad(mask.astype(np.uint8), 1)
    first, second = _thinning_tables()
    while True:
        before = int(thin.sum())
        for table in (first, second):
            thin &= cv2.LUT(_neighbours(thin), table)
        if int(thin.sum()) == before:
            return thin[1:-1, 1:-1].astype(bool)


def _neighbours(ink: np.ndarray) -> np.ndarray:
    """A code of each pixel's surroundings: bit k is neighbour k, clockwise from the one above."""
    bits = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
    return cv2.filter2D(ink, cv2.CV_8U, bits, borderType=cv2.BORDER_CONSTANT)


def _rings() -> tuple[np.ndarray, np.ndarray]:
    """The neighbours of each code, int[256, 8], and how often ink begins on the way round."""
    ring = (np.arange(256)[:, None] >> np.arange(8)) & 1
    return ring, ((ring == 0) & (np.roll(ring, -1, axis=1) == 1)).sum(axis=1)


def _branches() -> np.ndarray:
    """How many lines leave a pixel, by its code: uint8[256]."""
    return _rings()[1].astype(np.uint8)


def _thinning_tables() -> tuple[np.ndarray, np.ndarray]:
    """Which ink stays, by the code of its neighbours: uint8[256] for either half of a step."""
    ring, starts = _rings()
    count = ring.sum(axis=1)
    up, right, down, left = ring[:, 0], ring[:, 2], ring[:, 4], ring[:, 6]
    edge = (count >= 2) & (count <= 6) & (starts == 1)
    first = edge & (up * right * down == 0) & (right * down * left == 0)
    second = edge & (up * right * left == 0) & (up * down * left == 0)
    return (~first).astype(np.uint8), (~second).astype(np.uint8)

"""Weights of the pseudo-recall and pseudo-precision of document binarisation.

Source: K. Ntirogiannis, B. Gatos, I. Pratikakis, "Performance evaluation methodology for historical
document image binarization", IEEE Transactions on Image Processing 22(2), 2013. A stroke that breaks
costs the same whatever its width, a stroke a pixel too thin costs nothing; false ink beside a stroke
costs more the further it reaches, up to twice where it bridges the gap to another patch of ink.

The contest's own program fixes details that the paper leaves open, down to its rounding at ends and
junctions. They are not imitated: scores here follow the definition, mostly within a point of that
program's, and further off where strokes are only two or three pixels wide.
"""

import cv2
import numpy as np


def recall_weights(mask: np.ndarray, skeleton: np.ndarray) -> np.ndarray:
    """Weighs the ink of the truth, so that every section across a stroke weighs one.

    A weight is the distance from the contour over the sum of these distances across the stroke. The
    contour itself weighs nothing, unless the stroke is so thin that it consists of it.

    Args:
        mask: bool[H, W], True = ink of the truth.
        skeleton: bool[H, W], `thinning.thin` of it.

    Returns:
        float32[H, W], 0 where there is no ink.
    """
    depth = _depth(mask, skeleton)
    half = _half_width(depth, skeleton)
    nearest = _nearest(skeleton)
    across = (depth * half).ravel()[nearest].reshape(mask.shape)
    return np.where(mask, depth / np.maximum(across, 1), 0).astype(np.float32)


def precision_weights(mask: np.ndarray, skeleton: np.ndarray) -> np.ndarray:
    """Weighs where a prediction may have ink: false ink near the true costs up to twice.

    Within a stroke's width of a patch of ink the weight is 1 + distance / width; where another patch
    is nearer than that, the distance to the middle between them stands for the width.

    Args:
        mask: bool[H, W], True = ink of the truth.
        skeleton: bool[H, W], `thinning.thin` of it.

    Returns:
        float32[H, W] in [1, 2]; 1 on ink and far from it.
    """
    if not mask.any():
        return np.ones(mask.shape, np.float32)
    pixels = mask.astype(np.uint8)
    _, patches = cv2.connectedComponents(pixels, connectivity=8)
    half = _half_width(_depth(mask, skeleton), skeleton)
    counts = np.maximum(np.bincount(patches[skeleton]), 1)
    widths = 2 * np.bincount(patches[skeleton], half[skeleton]) / counts
    distance = cv2.distanceTransform(1 - pixels, cv2.DIST_C, 3)
    owner = patches.ravel()[_nearest(mask)].reshape(mask.shape)
    reach = widths[owner].astype(np.float32)
    limit = np.minimum(reach, _gaps(owner, distance, reach))
    near = ~mask & (distance <= reach)
    weights = 1 + np.minimum(distance / np.maximum(limit, 1), 1)
    return np.where(near, weights, 1).astype(np.float32)


def _depth(mask: np.ndarray, skeleton: np.ndarray) -> np.ndarray:
    """Chessboard distance from the contour, on ink: 0 on it, and 1 where it is the skeleton too."""
    around = np.pad(mask, 1).astype(np.uint8)
    inner = cv2.erode(around, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    # Paper is no contour, but all ways to ink lead over one.
    depth = cv2.distanceTransform(inner, cv2.DIST_C, 3)[1:-1, 1:-1]
    return np.where(mask, np.maximum(depth, skeleton), 0)


def _half_width(depth: np.ndarray, skeleton: np.ndarray) -> np.ndarray:
    """On the skeleton, what the depth there is times to be the sum of depths across the stroke.

    Depths across are 1 .. d .. 1, whose sum is d d, or 1 .. d d .. 1, whose sum is d (d + 1): the
    second where a pixel that is no contour is as far from the skeleton as the skeleton is deep.
    """
    away = cv2.distanceTransform((~skeleton).astype(np.uint8), cv2.DIST_C, 3)
    away[(depth == 0) & ~skeleton] = 0
    nearest = _nearest(skeleton)
    deepest = np.zeros(depth.size, np.float32)
    inside = (depth > 0).ravel()
    np.maximum.at(deepest, nearest[inside], away.ravel()[inside])
    even = (deepest.reshape(depth.shape) >= depth) & skeleton
    # A stroke's rounded end is shallower than the stroke.
    neighbours = cv2.boxFilter(
        skeleton.astype(np.uint8), -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    ends = skeleton & (neighbours == 2)
    return np.where(skeleton, depth + even + ends, 0)


def _gaps(owner: np.ndarray, distance: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Distance to the middle between two patches, where a stroke of the nearer one spans it."""
    middle = np.zeros(owner.shape, bool)
    middle[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    middle[:, :-1] |= owner[:, 1:] != owner[:, :-1]
    middle[1:] |= owner[1:] != owner[:-1]
    middle[:-1] |= owner[1:] != owner[:-1]
    middle &= (distance > 0) & (distance < reach)
    if not middle.any():
        return np.full(owner.shape, np.inf, np.float32)
    gap = distance.ravel()[_nearest(middle)].reshape(owner.shape)
    away = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_C, 3)
    return np.where(away <= reach - distance, np.maximum(gap, 1), np.inf).astype(np.float32)


def _nearest(seeds: np.ndarray) -> np.ndarray:
    """Flat index of the nearest seed, for each pixel: int[H * W]; there must be one."""
    _, labels = cv2.distanceTransformWithLabels(
        (~seeds).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    positions = np.zeros(labels.max() + 1, np.int64)
    where = np.flatnonzero(seeds)
    positions[labels.ravel()[where]] = where
    return positions[labels.ravel()]

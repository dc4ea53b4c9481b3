"""Colours of print, pens and seals, as a scanner sees them on white paper."""

import cv2
import numpy as np

# (hue from, hue to in degrees, lightness from, to, saturation from, to, weight). The lightness is
# that of the colour at full strength; saturation and lightness are those of HLS.
_Kinds = tuple[tuple[float, float, float, float, float, float, float], ...]

_PRINT: _Kinds = (
    (205, 235, 0.20, 0.55, 0.35, 0.95, 4.0),  # blue forms and letterheads
    (350, 372, 0.30, 0.60, 0.50, 0.95, 3.0),  # red headings and frames
    (135, 175, 0.20, 0.50, 0.30, 0.85, 2.0),  # green ledgers
    (18, 40, 0.25, 0.60, 0.30, 0.90, 1.2),  # brown, orange
    (260, 300, 0.25, 0.55, 0.30, 0.70, 0.6),  # violet
    (180, 205, 0.30, 0.60, 0.35, 0.90, 1.2),  # cyan
)
_PEN: _Kinds = (
    (215, 245, 0.12, 0.48, 0.35, 0.95, 6.0),  # blue and blue-black
    (350, 370, 0.30, 0.55, 0.55, 0.95, 1.6),  # red
    (130, 170, 0.15, 0.45, 0.40, 0.90, 1.0),  # green
    (255, 285, 0.20, 0.45, 0.30, 0.70, 0.6),  # violet
)
_SEAL: _Kinds = (
    (348, 372, 0.38, 0.66, 0.55, 0.95, 6.0),  # vermilion to crimson
    (210, 245, 0.28, 0.62, 0.45, 0.95, 2.6),  # blue
    (255, 300, 0.32, 0.62, 0.30, 0.75, 2.0),  # violet
    (135, 175, 0.25, 0.55, 0.35, 0.80, 0.8),  # green
    (200, 260, 0.05, 0.25, 0.02, 0.25, 1.6),  # black
)


def printed(rng: np.random.Generator) -> np.ndarray:
    """Draws the colour float32[3] in [0, 1] of coloured print: blue, red, green, brown, cyan."""
    return _draw(rng, _PRINT)


def pen(rng: np.random.Generator) -> np.ndarray:
    """Draws the colour float32[3] in [0, 1] of a coloured pen: blue most, red, green, violet."""
    return _draw(rng, _PEN)


def seal(rng: np.random.Generator) -> np.ndarray:
    """Draws the colour float32[3] in [0, 1] of a stamp pad: red most, blue, violet, black, green."""
    return _draw(rng, _SEAL)


def wash(colour: np.ndarray, strength: float) -> np.ndarray:
    """Thins a colour towards white paper.

    Args:
        colour: float32[1 or 3] in [0, 1].
        strength: 1 keeps it, 0 is white.

    Returns:
        float32[1 or 3] in [0, 1].
    """
    return np.float32(1) - np.float32(strength) * (np.float32(1) - colour)


def _draw(rng: np.random.Generator, kinds: _Kinds) -> np.ndarray:
    lot = rng.random() * sum(kind[-1] for kind in kinds)
    for kind in kinds:
        lot -= kind[-1]
        if lot < 0:
            break
    hue, light, saturation = (
        low + (high - low) * rng.random() for low, high in zip(kind[:6:2], kind[1:6:2], strict=True)
    )
    pixel = np.array([[[hue % 360, light, saturation]]], np.float32)
    return np.clip(cv2.cvtColor(pixel, cv2.COLOR_HLS2RGB)[0, 0], 0.0, 1.0)

"""Pictures as the page shows them: small enough to send, on white, with a text for those who cannot see."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st

from sigunet.image import encode_png, to_uint8

_LONGEST = 1400  # px; a screen shows no more
_LARGEST_FILE = 2_000_000  # bytes that are sent to be looked at


@dataclass(frozen=True)
class Shown:
    """A picture of the page.

    Attributes:
        url: Holds the picture itself, so that nothing is fetched.
        width: Its own, px.
        height: Its own, px.
        alt: What it shows, in words.
    """

    url: str
    width: int
    height: int
    alt: str


def shown(pixels: np.ndarray, alt: str) -> Shown:
    """Makes a picture of pixels.

    Args:
        pixels: uint8 or float in [0, 1], [H, W] or [H, W, 1, 3 or 4] (RGBA is laid on white),
            0 = black.
        alt: What it shows, in words.
    """
    height, width = pixels.shape[:2]
    ratio = min(1.0, _LONGEST / max(height, width))
    if ratio < 1:
        smaller = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    pixels = to_uint8(pixels)
    if pixels.ndim == 3 and pixels.shape[-1] == 4:
        pixels = _on_white(pixels)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return Shown(_url(encode_png(pixels), "image/png"), width, height, alt)


def shown_file(data: bytes, media_type: str, size: tuple[int, int], alt: str) -> Shown | None:
    """Makes a picture of a file, as it is.

    Args:
        data: The bytes of the file.
        media_type: Of the file.
        size: (width, height) in px.
        alt: What it shows, in words.

    Returns:
        The picture; None if the file is too large to be sent to be looked at.
    """
    if len(data) > _LARGEST_FILE or max(size) > 4 * _LONGEST:
        return None
    return Shown(_url(data, media_type), *size, alt)


def figures(pictures: Sequence[tuple[str, Shown]]) -> None:
    """Shows pictures side by side, one above the other where there is no room.

    Args:
        pictures: (caption, picture) for each.
    """
    st.html(f'<div class="sigunet-figures">{"".join(_figure(*each) for each in pictures)}</div>')


def _figure(caption: str, picture: Shown) -> str:
    return (
        f'<figure><img src="{picture.url}" alt="{html.escape(picture.alt)}" '
        f'width="{picture.width}" height="{picture.height}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _on_white(pixels: np.ndarray) -> np.ndarray:
    colour, alpha = pixels[..., :3].astype(np.float32), pixels[..., 3:].astype(np.float32) / 255
    return to_uint8((colour * alpha + 255 * (1 - alpha)) / 255)


def _url(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"

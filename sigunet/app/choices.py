"""The options of a cleaned picture, as fields of the page."""

import streamlit as st

from sigunet.cleaning.options import PAD, Options, parse_size

_FORMATS = {
    "mask": "Mask: black on white, 1 bit",
    "gray": "Grey: soft edges, on white",
    "rgba": "Transparent PNG",
    "svg": "SVG outlines",
}
_OWN, _PICKED = "The pen's own", "One I pick"
_COLOURED = ("rgba", "svg")
_LOWEST, _HIGHEST = 0.02, 0.98
_MOST_PAD = 10_000  # px, as Options takes it


def ask(calibrated: float) -> Options:
    """Shows the fields.

    Args:
        calibrated: The network's own threshold, in (0, 1).

    Returns:
        What was chosen.

    Raises:
        OptionError: If it cannot be used.
    """
    format_ = st.radio("Format", list(_FORMATS), format_func=_FORMATS.get, key="format")
    threshold = _threshold(calibrated)
    ink = _ink(format_)
    crop = st.checkbox("Crop to the ink", key="crop")
    with st.expander("Size and resolution"):
        pad = st.number_input(
            "Paper around it, px",
            min_value=0,
            max_value=_MOST_PAD,
            value=None,
            step=1,
            placeholder=f"{PAD} if cropped, else 0",
            key="pad",
        )
        size = st.text_input("Fit into, px", placeholder="500x200", key="size")
        dpi = st.number_input(
            "Resolution, dots per inch",
            min_value=1.0,
            max_value=100_000.0,
            value=None,
            step=1.0,
            format="%g",
            placeholder="the picture's own",
            key="dpi",
        )
        max_bytes = st.number_input(
            "Largest file, bytes",
            min_value=1,
            value=None,
            step=1000,
            placeholder="any",
            key="max_bytes",
        )
    return Options(
        format=format_,
        threshold=threshold,
        ink=ink,
        crop=crop,
        pad=pad,
        size=parse_size(size) if size.strip() else None,
        max_bytes=max_bytes,
        dpi=dpi,
    )


def _threshold(calibrated: float) -> float | None:
    """Asks for the threshold; None where it is left as it was."""
    default = min(max(round(calibrated, 2), _LOWEST), _HIGHEST)
    value = st.slider(
        "Threshold: less ink to the right",
        _LOWEST,
        _HIGHEST,
        default,
        0.01,
        help="How sure the network must be that a pixel is ink. "
        f"It was calibrated to {default:.2f}.",
        key="threshold",
    )
    return None if value == default else value


def _ink(format_: str) -> str | None:
    """Asks for the colour; None where the format has none, or the ink keeps its own."""
    if format_ not in _COLOURED:
        return None
    own = _OWN if format_ == "rgba" else "Black"
    kind = st.radio("Ink colour", [own, _PICKED], horizontal=True, key=f"ink_{format_}")
    if kind == own:
        return None
    return st.color_picker("Colour", "#1a237e", key="colour")

"""The tab that degrades a clean signature, and cleans it again."""

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from sigunet import image, metrics, noise
from sigunet.app import pens, recipes, words
from sigunet.app.clean_tab import TYPES
from sigunet.app.pictures import figures, shown
from sigunet.app.session import once
from sigunet.cleaning import Cleaner, Result
from sigunet.cleaning.inputs import read_input
from sigunet.cleaning.polarity import light_on_dark
from sigunet.errors import ConfigError, TooLarge
from sigunet.truth import coverage_target

MAX_PIXELS = 4_000_000
"""Largest clean signature of the visitor's own; members of the family take their time."""

MAX_SIDE = 2400
"""px; its longest side, 10 cm at 600 dpi. A stain on it may be a square of twice that."""

_DRAWN, _OWN = "A drawn one", "My own picture"
_CHOSEN, _DESCRIBED, _WIDE = "Members I choose", "The usual family", "The wide family"
_MEMBERS = ["ballpoint", "lines", "text", "seal", "gaussian"]


@dataclass(frozen=True, eq=False)
class Trial:
    """A signature, degraded and cleaned again.

    Attributes:
        ink: float32[H, W] in [0, 1], 1 = ink: the signature.
        noisy: uint8[H, W, 3]: degraded.
        result: Of cleaning that.
        fmeasure: Of its mask, in [0, 1]; nan if noise has moved all ink out of the picture.
    """

    ink: np.ndarray
    noisy: np.ndarray
    result: Result
    fmeasure: float


def show(cleaner: Cleaner) -> None:
    """Shows the tab.

    Args:
        cleaner: Cleans.
    """
    controls, pictures = st.columns([1, 2], gap="large")
    with controls:
        key, ink = _signature()
        recipe, severity, seed = _noise()
    with pictures:
        if ink is None:
            st.info("Choose a picture of a signature on plain paper.")
            return

        def run() -> Trial:
            with st.spinner("Degrading and cleaning…"):
                return trial(cleaner, ink, recipe, severity=severity, seed=seed)

        try:
            tried = once("trial", (key, recipe, severity, seed), run)
        except ConfigError as error:
            st.error(words.plain(str(error)), icon=":material/error:")
            return
        _show(tried)


def trial(cleaner: Cleaner, ink: np.ndarray, recipe: str, *, severity: float, seed: int) -> Trial:
    """Degrades a signature and cleans it again.

    Args:
        cleaner: Cleans.
        ink: float32[H, W] in [0, 1], 1 = ink.
        recipe: Of the noise.
        severity: Of the noise, in [0, 1].
        seed: Of the noise, >= 0.

    Raises:
        ConfigError: If the recipe is none that a visitor may give.
    """
    picture, truth = recipes.degrade(ink, recipe, severity=severity, seed=seed, channels=3)
    noisy = image.to_uint8(picture)
    result = cleaner.clean(noisy)
    scores = metrics.score(result.mask, truth > 0.5)
    return Trial(ink, noisy, result, scores["fmeasure"])


def own_ink(data: bytes, name: str) -> np.ndarray:
    """Measures the ink of a clean picture.

    Args:
        data: The bytes of a picture's file.
        name: What sentences call it.

    Returns:
        float32[H, W] in [0, 1], 1 = ink.

    Raises:
        PictureError: If it is no picture that can be read, or too large.
    """
    grey = read_input(data, channels=1, max_pixels=MAX_PIXELS, name=name).picture[..., 0]
    if max(grey.shape) > MAX_SIDE:
        raise TooLarge(f"{name} is too large: a side may have {MAX_SIDE:,} pixels here.")
    return coverage_target(1 - grey if light_on_dark(grey) else grey)


def _signature() -> tuple[object, np.ndarray | None]:
    """Asks for a clean signature: another key for another one, and its ink."""
    source = st.radio("Clean signature", [_DRAWN, _OWN], horizontal=True, key="signature")
    if source == _DRAWN:
        number = st.number_input(
            "Writer",
            min_value=0,
            max_value=999_999,
            value=37,
            step=1,
            help="Nobody's hand: the program draws it, another one for each number.",
            key="writer",
        )
        return ("drawn", number), once("drawn", number, lambda: pens.drawn(number))
    upload = st.file_uploader(
        "Signature on plain paper", type=list(TYPES), key="own", help="It stays in memory only."
    )
    if upload is None:
        return None, None
    key = ("own", upload.file_id)
    return key, once("own_ink", key, lambda: own_ink(upload.getvalue(), upload.name))


def _noise() -> tuple[str, float, int]:
    """Asks for the noise: recipe, severity and seed."""
    st.session_state.setdefault("recipe", recipes.of_members(_MEMBERS))
    kind = st.radio("Noise", [_CHOSEN, _DESCRIBED, _WIDE], key="noise", on_change=_write_recipe)
    if kind == _CHOSEN:
        st.multiselect(
            "Members",
            list(recipes.members()),
            default=_MEMBERS,
            format_func=lambda name: name.replace("_", " "),
            wrap=True,
            key="members",
            on_change=_write_recipe,
        )
    severity = st.slider("Severity", 0.0, 1.0, 0.5, 0.05, key="severity")
    seed = st.number_input(
        "Seed of the noise", min_value=0, max_value=2**31 - 1, value=0, step=1, key="seed"
    )
    recipe = st.text_area(
        "Recipe",
        key="recipe",
        height=150,
        max_chars=recipes.LONGEST,
        help="Members between bars, with their main range; p is the chance that one runs.",
    )
    with st.expander("What the members do"):
        st.markdown(
            "\n".join(
                f"- **{words.plain(name)}**: {words.plain(text)}"
                for name, text in recipes.members().items()
            )
        )
    return recipe, severity, seed


def _write_recipe() -> None:
    """Puts the recipe of what was chosen into its field."""
    state = st.session_state
    if state["noise"] == _CHOSEN:
        state["recipe"] = recipes.of_members(state.get("members", _MEMBERS))
    else:
        wide = state["noise"] == _WIDE
        text = noise.WIDE_RECIPE if wide else noise.DEFAULT_RECIPE
        state["recipe"] = text


def _show(tried: Trial) -> None:
    height, width = tried.ink.shape
    if math.isnan(tried.fmeasure):
        st.warning("The noise has moved all ink out of the picture: there is nothing to find.")
    else:
        st.metric(
            "F-measure of the cleaned signature",
            f"{tried.fmeasure:.3f}",
            help="1 is every pixel of the ink found and nothing else, 0 is nothing found.",
        )
    figures(
        [
            ("Input", shown(1 - tried.ink, f"The clean signature, {width} by {height} pixels")),
            ("Noisy", shown(tried.noisy, "The signature with the noise")),
            ("Cleaned", shown(tried.result.render(), "The ink that was found, on white")),
        ]
    )
    found, more = words.verdict(tried.result)
    st.write(f"**{found}** {more}")
    st.download_button(
        "Download the noisy picture",
        image.encode_png(tried.noisy),
        file_name="noisy.png",
        mime="image/png",
        on_click="ignore",
        key="download_noisy",
    )

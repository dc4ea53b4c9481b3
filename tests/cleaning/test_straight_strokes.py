"""Signatures of straight lines of one width, on clean paper, with the weights that are shipped."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from sigunet.cleaning import Cleaner
from sigunet.cleaning.inputs import Input

# What the experiment measures is what is asked for here.
STRAIGHT = runpy.run_path(str(Path(__file__).parents[2] / "experiments/base/straight.py"))


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.from_pretrained()


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("width", [3, 4])
@pytest.mark.parametrize(("name", "least"), [("peaks", 0.9), ("initials", 0.3)])
def test_a_name_in_straight_strokes_is_not_taken_for_rules(cleaner, name, least, width, noise):
    ink, picture = STRAIGHT["drawn"](STRAIGHT["DRAWN"][name], width, noise)
    result = cleaner.clean_input(Input(picture, "lines"))
    assert result.verdict != "empty"
    shared = np.count_nonzero(result.mask & ink)
    assert 2 * shared / (np.count_nonzero(result.mask) + np.count_nonzero(ink)) > least

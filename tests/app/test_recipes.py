import numpy as np
import pytest

pytest.importorskip("streamlit", reason="needs the extra app")

from sigunet import noise
from sigunet.app import pens, recipes


def degraded(severity, seed=0, recipe="gaussian(0.01, 0.3, p=1)"):
    return recipes.degrade(pens.drawn(3), recipe, severity=severity, seed=seed, channels=1)


def test_severity_is_set_and_the_rest_is_drawn():
    clean = 1 - pens.drawn(3)[..., None]
    change = [np.abs(degraded(severity)[0] - clean).mean() for severity in (0.0, 0.5, 1.0)]
    assert change[0] < change[1] < change[2]
    assert np.array_equal(degraded(0.5)[0], degraded(0.5)[0])
    assert not np.array_equal(degraded(0.5)[0], degraded(0.5, seed=1)[0])


def test_the_drawn_severity_gives_the_same_picture_as_the_family():
    recipe = noise.parse(noise.DEFAULT_RECIPE)
    severity, _ = recipe.trace(np.random.default_rng(5))
    expected, _ = noise.degrade(pens.drawn(3), recipe, np.random.default_rng(5))
    picture, _ = degraded(severity, 5, noise.DEFAULT_RECIPE)
    assert np.array_equal(picture, expected)


def test_chosen_members_all_run_in_colour():
    steps = noise.parse(recipes.of_members(["gaussian", "seal"])).steps
    assert [(step.name, step.p) for step in steps] == [("seal", 1), ("gaussian", 1)]
    assert dict(steps[0].values)["colour"] == 1
    assert recipes.of_members([]) == ""


def test_every_member_has_words():
    said = recipes.members()
    assert set(said) == set(noise.MEMBERS)
    assert all(text.endswith(".") and "\n" not in text for text in said.values())

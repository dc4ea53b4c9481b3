import cv2
import numpy as np
import pytest

from sigunet.noise import MEMBERS, STAGES, WIDE_RECIPE, Recipe, Scene, degrade, parse, render

WIDE = parse(WIDE_RECIPE)
# Edges as soft as the ink's are no degradation.
HARDER = Recipe(tuple(step for step in WIDE.steps if step.name != "lens"))


def test_wide_recipe_reaches_every_stage_and_reads_back():
    assert {MEMBERS[step.name].stage for step in WIDE.steps} == set(STAGES)
    assert parse(str(WIDE)) == WIDE


def test_wide_recipe_runs_five_to_seven_members():
    assert 5 <= sum(step.p for step in HARDER.steps) <= 7
    counts = [len(HARDER.trace(np.random.default_rng(seed))[1]) for seed in range(500)]
    # Some pictures are nearly clean, some have it all.
    assert np.mean(np.array(counts) <= 3) > 0.04
    assert np.mean(np.array(counts) >= 9) > 0.04


def test_files_come_after_noise_after_copies_after_light():
    names = [step.name for step in WIDE.steps]
    order = ["shadow", "brightness_contrast", "blur", "copy", "grey", "gaussian", "resolution"]
    places = [names.index(name) for name in [*order, "jpeg"]]
    assert places == sorted(places)


def test_wide_pictures_are_coloured_or_seen_in_grey(ink):
    vivid = []
    for seed in range(60):
        image, _ = degrade(ink, WIDE_RECIPE, np.random.default_rng(seed), 3)
        assert np.isfinite(image).all()
        vivid.append(float(np.ptp(image, axis=-1).mean()) > 1e-4)
    assert 0.35 < np.mean(vivid) < 0.8


def test_wide_pictures_of_blank_paper_have_no_ink():
    blank = np.zeros((160, 160), np.float32)
    for seed in range(20):
        _, truth = degrade(blank, WIDE_RECIPE, np.random.default_rng(seed), 3)
        assert truth.max() == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_wide_recipe_leaves_ink_readable(ink, channels):
    """Averaged over a stroke, and against the paper beside it, ink is darker."""
    alone = [step for step in WIDE.steps if MEMBERS[step.name].stage not in ("under", "over")]
    alone = Recipe(tuple(alone))
    told = []
    for seed in range(80):
        scene = Scene.from_ink(ink, paper=0.95)
        image, truth = render(alone.apply(np.random.default_rng(seed), scene), channels)
        soft = cv2.GaussianBlur(image, (0, 0), 1.2).reshape(image.shape)
        core = truth > 0.8
        near = cv2.dilate((truth > 0).astype(np.uint8), np.ones((13, 13))) > 0
        near &= cv2.dilate((truth > 0).astype(np.uint8), np.ones((5, 5))) == 0
        scores = []
        for channel in range(channels):
            flat = soft[..., channel] - cv2.blur(soft[..., channel], (41, 41))
            level = (np.median(flat[core]) + np.median(flat[near])) / 2
            scores.append((flat[core] < level).mean() + (flat[near] > level).mean())
        told.append(max(scores))
    assert np.mean(told) > 1.85
    assert np.mean(np.array(told) > 1.6) > 0.93

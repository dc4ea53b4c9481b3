import dataclasses

import cv2
import numpy as np
import pytest

from sigunet.noise import (
    DEFAULT_RECIPE,
    MEMBERS,
    WIDE_RECIPE,
    Recipe,
    Scene,
    degrade,
    parse,
    render,
)

DESCRIBED = tuple(step.name for step in parse(DEFAULT_RECIPE).steps)
WIDE = {step.name: dataclasses.replace(step, p=1.0) for step in parse(WIDE_RECIPE).steps}
# It has something to do only where something else was laid on.
WIDE.pop("lens")
# Geometry moves the ink with the picture, and ink that bleeds is the pen's own.
MOVES = {name for name, member in MEMBERS.items() if member.stage == "geometry"} | {"bleed"}

# Mean absolute change at default strength that a person sees, as a share of the span from black
# to white; overlays touch few pixels, and ink is a few per cent of the picture.
FLOORS = {
    "sheet": 0.05,
    "lines": 0.01,
    "text": 0.01,
    "pen": 0.005,
    "stamp": 0.008,
    "scribbles": 0.01,
    "scratches": 0.002,
    "brightness_contrast": 0.05,
    "speckle": 0.03,
    "gaussian": 0.02,
    "salt_pepper": 0.006,
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_visible_at_default_strength(ink, name):
    clean = 1 - ink[..., None]
    changes = np.array(
        [
            np.abs(degrade(ink, f"{name}(p=1)", np.random.default_rng(seed))[0] - clean).mean()
            for seed in range(24)
        ]
    )
    assert changes.mean() > FLOORS[name]
    # A bright setting cannot brighten white, and white scratches show on ink alone.
    assert (changes > 0.25 / 255).mean() >= 0.7


@pytest.mark.parametrize("name", MEMBERS)
def test_only_geometry_and_bleeding_ink_move_the_truth(ink, name, certain):
    _, truth = degrade(ink, certain(name), np.random.default_rng(0))
    assert np.array_equal(truth, ink) == (name not in MOVES)


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize("name", MEMBERS)
def test_runs_at_the_ends_of_its_limits(ink, name, certain, end):
    (step,) = parse(certain(name)).steps
    bounds = {parameter: limits[end] for parameter, limits in MEMBERS[name].limits.items()}
    fixed = {
        parameter: (bounds[parameter],) * 2 if isinstance(value, tuple) else bounds[parameter]
        for parameter, value in step.values
        if parameter in bounds
    }
    step = dataclasses.replace(step, values=tuple((dict(step.values) | fixed).items()))
    image, _ = render(Recipe((step,)).apply(np.random.default_rng(0), _blue(ink[:64, :64])), 3)
    assert np.isfinite(image).all() and 0 <= image.min() <= image.max() <= 1


def _blue(ink):
    """Blue ink on yellow paper: all members have something to do in colour."""
    scene = Scene.from_ink(ink, paper=1.0)
    return dataclasses.replace(
        scene,
        ink_colour=np.array([0.1, 0.15, 0.6], np.float32),
        paper=np.array([[[0.95, 0.93, 0.8]]], np.float32),
    )


@pytest.mark.parametrize("name", WIDE)
def test_visible_in_the_wide_family_in_colour(ink, name):
    scene = _blue(ink)
    clean, _ = render(scene, 3)
    changes = []
    for seed in range(16):
        image, truth = render(Recipe((WIDE[name],)).apply(np.random.default_rng(seed), scene), 3)
        assert np.array_equal(truth, ink) or name in MOVES
        changes.append(np.abs(image - clean).mean())
    # Of the whole picture; ink is some 5 % of it.
    assert np.mean(changes) > 0.0015
    assert np.mean(np.array(changes) > 0.25 / 255) >= 0.7


@pytest.mark.parametrize("name", MEMBERS)
def test_parameters_are_explained(name):
    member = MEMBERS[name]
    for parameter in ("rng", "scene", *member.parameters):
        assert f"\n    {parameter}: " in member.doc, parameter
    assert "Args:" in member.doc and "Returns:" in member.doc


@pytest.mark.parametrize("name", [n for n, m in MEMBERS.items() if "colour" in m.parameters])
def test_colour_is_a_share(ink, name):
    def shares(colour):
        recipe = parse(f"{name}(colour={colour}, p=1)")
        vivid = 0
        for seed in range(24):
            rng = np.random.default_rng(seed)
            image, _ = render(recipe.apply(rng, Scene.from_ink(ink, ink_value=0.2)), 3)
            vivid += bool(np.ptp(image, axis=-1).max() > 0.02)
        return vivid / 24

    assert shares(0) == 0
    assert shares(1) > 0.3


@pytest.mark.parametrize("shape", [(224, 224), (37, 211), (5, 3), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", MEMBERS)
def test_shapes_types_and_ranges(name, channels, shape, certain):
    ink = np.zeros(shape, np.float32)
    ink[shape[0] // 3 :, shape[1] // 2 :] = 1
    scenes = [
        Scene.from_ink(ink),
        Scene.from_ink(np.zeros(shape, np.float32)),
        Scene.from_picture(np.full((*shape, 3), 0.7, np.float32), ink),
    ]
    for seed, scene in enumerate(scenes):
        degraded = parse(certain(name)).apply(np.random.default_rng(seed), scene)
        image, truth = render(degraded, channels)
        assert image.shape == (*shape, channels) and image.dtype == np.float32
        assert truth.shape == shape and truth.dtype == np.float32
        assert 0 <= image.min() and image.max() <= 1
        assert 0 <= truth.min() and truth.max() <= 1


@pytest.mark.parametrize("name", DESCRIBED)
def test_works_on_real_pairs(ink, name):
    picture = np.clip(0.9 - 0.8 * ink, 0, 1)[..., None]
    scene = Scene.from_picture(picture, ink)
    changes = [
        np.abs(
            render(parse(f"{name}(p=1)").apply(np.random.default_rng(seed), scene), 1)[0] - picture
        ).mean()
        for seed in range(8)
    ]
    if name == "pen":
        assert max(changes) == 0
    else:
        assert np.mean(changes) > 0.3 * FLOORS[name]


@pytest.mark.parametrize("name", ["lines", "text", "scribbles", "scratches"])
def test_a_count_of_none_changes_nothing(ink, name):
    count = "blocks" if name == "text" else "count"
    image, _ = degrade(ink, f"{name}({count}=0, p=1)", np.random.default_rng(0))
    np.testing.assert_allclose(image[..., 0], 1 - ink, atol=1e-6)


def test_blank_pictures_are_degraded_too():
    blank = np.zeros((224, 224), np.float32)
    for seed in range(20):
        image, truth = degrade(blank, DEFAULT_RECIPE, np.random.default_rng(seed))
        assert np.isfinite(image).all()
        assert truth.max() == 0


def test_ink_mostly_stays_readable(ink):
    """What a person's eye does, averaging over a stroke, still tells ink from paper."""
    told = []
    solid, away = ink > 0.9, cv2.dilate((ink > 0).view(np.uint8), np.ones((9, 9))) == 0
    pixel_noise = "pen|sheet|brightness_contrast(p=1)|gaussian(p=1)"
    for seed in range(60):
        image, _ = degrade(ink, pixel_noise, np.random.default_rng(seed))
        soft = cv2.blur(image[..., 0], (3, 3))
        level = (np.median(soft[solid]) + np.median(soft[away])) / 2
        told.append((soft[solid] < level).mean() + (soft[away] > level).mean())
    assert np.mean(told) > 1.9
    assert np.mean(np.array(told) > 1.7) > 0.95

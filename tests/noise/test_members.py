import cv2
import numpy as np
import pytest

from sigunet.noise import DEFAULT_RECIPE, MEMBERS, Scene, degrade, parse, render

DESCRIBED = tuple(step.name for step in parse(DEFAULT_RECIPE).steps)

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
def test_only_geometry_moves_the_truth(ink, name):
    _, truth = degrade(ink, f"{name}(p=1)", np.random.default_rng(0))
    assert np.array_equal(truth, ink) == (MEMBERS[name].stage != "geometry")


@pytest.mark.parametrize("shape", [(224, 224), (37, 211), (5, 3), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", MEMBERS)
def test_shapes_types_and_ranges(name, channels, shape):
    ink = np.zeros(shape, np.float32)
    ink[shape[0] // 3 :, shape[1] // 2 :] = 1
    scenes = [
        Scene.from_ink(ink),
        Scene.from_ink(np.zeros(shape, np.float32)),
        Scene.from_picture(np.full((*shape, 3), 0.7, np.float32), ink),
    ]
    for seed, scene in enumerate(scenes):
        image, truth = render(
            parse(f"{name}(p=1)").apply(np.random.default_rng(seed), scene), channels
        )
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

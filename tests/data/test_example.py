import dataclasses
import pickle

import numpy as np
import pytest

from sigunet import noise
from sigunet.data.example import Examples, generator, recipe_of
from sigunet.data.sources import open_source
from sigunet.errors import ConfigError
from sigunet.noise.recipes import PAGE

from .conftest import tiny


def equal(one, other):
    return all((a == b).all() for a, b in zip(one, other, strict=True))


def test_a_pair_is_what_the_contract_says(config, source):
    for n in range(12):
        image, ink = Examples.of(config, source)(n)
        assert image.shape == (64, 64, 1) and ink.shape == (64, 64)
        assert image.dtype == ink.dtype == np.float32
        for array in (image, ink):
            assert 0 <= array.min() and array.max() <= 1 and np.isfinite(array).all()
        assert ink.max() > 0.3 and 0 < ink.mean() < 0.3


def test_an_example_is_a_function_of_its_position_alone(config, source):
    examples = Examples.of(config, source)
    forwards = [examples(n) for n in range(6)]
    np.random.default_rng().random()
    fresh = pickle.loads(pickle.dumps(examples))
    for n in reversed(range(6)):
        assert equal(fresh(n), forwards[n])


def test_seed_stream_position_and_epoch_each_make_another_picture(config, source):
    examples = Examples.of(config, source)
    with config.unlocked():
        config.seed = 1
    others = [
        Examples.of(config, source)(0),
        Examples.of(config, source, stream="validation")(0),
        examples(1),
        examples(len(source)),
    ]
    first = examples(0)
    assert not any((first[0] == other[0]).all() for other in others)


def test_an_epoch_shows_every_signature_once(config, source):
    examples = Examples.of(config, source)
    count = len(source)
    for epoch in range(2):
        told = [examples.describe(n) for n in range(epoch * count, (epoch + 1) * count)]
        assert {one.epoch for one in told} == {epoch}
        assert len({one.name for one in told}) == count
        assert {one.writer for one in told} == set(source.writers)


def test_the_description_is_of_the_picture(config, source):
    examples = Examples.of(config, source)
    for n in range(8):
        told = examples.describe(n)
        assert source[told.index].name == told.name
        # With only the members that were drawn, at certainty, other draws follow; but none at all
        # must mean that the picture is its scene.
        if not told.members:
            assert equal(examples(n), noise.render(examples.scene(n), 1))
    members = {member.split("(")[0] for n in range(40) for member in examples.describe(n).members}
    assert members >= {"gaussian", "brightness_contrast", "lines"}


def test_without_noise_the_picture_is_the_ink_as_densely_as_the_pen_left_it(cache, source):
    config = tiny(cache)
    config.noise = ""
    examples = Examples.of(config, source)
    image, ink = examples(0)
    assert np.all(image[..., 0] >= 1 - ink - 1e-6)
    assert np.any(image[..., 0] > 1 - ink + 0.05)
    draws = examples._draw(0)
    pigment = draws.frame.cut(draws.sample.pigment, 0.0)
    np.testing.assert_allclose(image[..., 0], 1 - pigment, atol=1e-5)


def test_empty_examples_have_no_ink_and_noise_all_the_same(cache, source):
    examples = Examples.of(tiny(cache, empty=1.0), source)
    assert examples(0)[1].sum() == 0 and examples.describe(0).empty
    assert any(image.std() > 0.01 for image, _ in map(examples, range(6)))


def test_clean_examples_have_even_paper_with_a_scanners_grain(cache, source):
    examples = Examples.of(tiny(cache, clean=1.0), source)
    grains = []
    for n in range(12):
        image, ink = examples(n)
        paper = image[..., 0][ink == 0]
        assert np.median(paper) >= 0.915
        grains.append(paper.std())
        assert examples.describe(n).clean and not examples.describe(n).members
    assert 0 < min(grains) < 0.005 < max(grains) <= 0.0155


def test_clean_examples_in_colour_have_pens_of_all_colours_and_grey_scans(cache, source):
    config = tiny(cache, clean=1.0)
    config.model.channels = 3
    examples = Examples.of(config, source)
    chroma = [np.ptp(image, axis=-1).max() for image, _ in map(examples, range(40))]
    assert sum(value < 1e-6 for value in chroma) >= 5
    assert sum(value > 0.2 for value in chroma) >= 5


def test_shares_are_shares(cache, source):
    examples = Examples.of(tiny(cache, empty=0.2, clean=0.5), source)
    told = [examples.describe(n) for n in range(300)]
    assert np.mean([one.empty for one in told]) == pytest.approx(0.2, abs=0.08)
    assert np.mean([one.clean for one in told]) == pytest.approx(0.5, abs=0.1)


def names(told):
    return {member.split("(")[0] for member in told.members}


def test_a_share_is_under_fewer_members(cache, source):
    config = tiny(cache)
    config.noise = "wide"
    shares = (0.0, 0.5, 1.0)
    plain, some, each = (
        dataclasses.replace(Examples.of(config, source), sparse=share) for share in shares
    )
    kept = 0
    for n in range(16):
        as_plain = some.describe(n) == plain.describe(n)
        source_of = plain if as_plain else each
        assert equal(some(n), source_of(n)) and some.describe(n) == source_of.describe(n)
        kept += as_plain
        # The same members, of which some stay away: signature, place and severity are as they were.
        members = each.describe(n).members
        assert set(members) <= set(plain.describe(n).members)
        assert 0 <= each.describe(n).share < 1 == plain.describe(n).share
        assert each.describe(n).severity == plain.describe(n).severity
    assert 0 < kept < 16
    counts = [
        np.mean([len(names(examples.describe(n)) - set(PAGE)) for n in range(200)])
        for examples in (plain, each)
    ]
    assert counts[1] / counts[0] == pytest.approx(0.5, abs=0.08)
    # What is written on, and with what, is no noise.
    pens = [
        np.mean(["ballpoint" in names(examples.describe(n)) for n in range(200)])
        for examples in (plain, each)
    ]
    assert pens[0] == pens[1] > 0.85


def test_crops_and_colour(cache, source):
    config = tiny(cache, sampling="crop")
    config.model.channels = 3
    image, ink = Examples.of(config, source)(0)
    assert image.shape == (64, 64, 3) and ink.shape == (64, 64)


@pytest.mark.parametrize("sampling", ["letterbox", "crop"])
def test_a_real_pair_keeps_picture_and_ink_together(pairs, tmp_path, sampling):
    config = tiny(tmp_path, name="pairs", path=str(pairs), sampling=sampling)
    config.noise = ""
    examples = Examples.of(config, open_source(config.data, "train"))
    for n in range(6):
        image, ink = examples(n)
        assert ink.max() > 0.5
        assert np.corrcoef(image.ravel(), ink.ravel())[0, 1] < -0.6


def test_a_window_that_leaves_a_pair_shows_paper_without_an_edge(pairs, tmp_path):
    config = tiny(tmp_path, name="pairs", path=str(pairs), sampling="crop")
    config.noise = ""
    examples = Examples.of(config, open_source(config.data, "train"))
    left = 0
    for n in range(60):
        frame = examples.place(n).draws.frame
        if frame.to_left < 8:
            continue
        left += 1
        image, ink = examples(n)
        beside = image[frame.to_top :][: frame.to_height, : frame.to_left, 0]
        assert beside.std() > 0.01  # the scanner's grain, no flat border
        assert ink[:, : frame.to_left].sum() == 0 and beside.min() > 0.4
    assert left > 2


def test_two_parts_are_the_whole(config, source):
    examples = Examples.of(config, source)
    for n in range(4):
        sample = source[examples.locate(n)[1]]
        assert equal(examples.degrade(examples.place(n, sample)), examples(n))


def test_the_default_recipe_goes_by_its_name():
    assert recipe_of("default") == noise.parse(noise.DEFAULT_RECIPE)
    with pytest.raises(ConfigError, match="needs the folder"):
        recipe_of("default|documents")
    with pytest.raises(ConfigError, match="gaussian"):
        recipe_of("gausian(0.1)")


def test_randomness_of_a_position_stays_what_it_was():
    # Another number here means that no run of before can be resumed or drawn again.
    assert generator(0, "train", 5).integers(0, 10**9) == DRAWN


DRAWN = 910080546

import inspect

import numpy as np
import pytest

from sigunet.noise import MEMBERS, STAGES
from sigunet.noise.registry import pick, pick_around, pick_int, pick_log


@pytest.mark.parametrize("name", MEMBERS)
def test_members_keep_the_convention(name):
    member = MEMBERS[name]
    parameters = list(inspect.signature(member.function).parameters.values())
    assert [parameter.name for parameter in parameters[:2]] == ["rng", "scene"]
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters[2:])
    # The main range, if there are any parameters.
    assert isinstance(next(iter(member.parameters.values()), ()), tuple)
    assert member.stage in STAGES and 0 <= member.p <= 1
    for parameter, default in member.parameters.items():
        if isinstance(default, str):
            assert parameter not in member.limits
            continue
        low, high = member.limits[parameter]
        bounds = default if isinstance(default, tuple) else (default, default)
        assert low <= bounds[0] <= bounds[1] <= high
    for section in ("Args:", "Returns:", *(f"{parameter}:" for parameter in member.parameters)):
        assert section in member.doc


def test_described_members_are_there():
    described = "gaussian salt_pepper speckle lines text stamp scribbles scratches"
    assert {*described.split(), "brightness_contrast"} <= set(MEMBERS)


def test_what_names_a_place_on_disk_is_known():
    places = {name: member.places for name, member in MEMBERS.items() if member.places}
    assert places == {"documents": ("path",)}


def _mean(draw, severity):
    rng = np.random.default_rng(0)
    return np.mean([draw(rng, severity) for _ in range(4000)])


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, s: pick(rng, (2.0, 6.0), s),
        lambda rng, s: np.log2(pick_log(rng, (4.0, 64.0), s)),
        lambda rng, s: pick_int(rng, (2, 6), s),
    ],
)
def test_severity_skews_the_draw(draw):
    assert _mean(draw, 0.5) == pytest.approx(4, abs=0.1)
    assert _mean(draw, 0.0) < 3.3
    assert _mean(draw, 1.0) > 4.7


def test_draws_stay_in_their_range():
    rng = np.random.default_rng(0)
    for severity in np.linspace(0, 1, 200):
        assert 0.25 <= pick(rng, (0.25, 0.5), severity) <= 0.5
        assert 1 <= pick_int(rng, (1, 3), severity) <= 3
        assert -1 <= pick_around(rng, (-1.0, 3.0), 0.0, severity) <= 3
        assert pick(rng, (0.3, 0.3), severity) == 0.3
        assert pick_around(rng, (2.0, 2.0), 1.0, severity) == 2.0
        assert pick_around(rng, (0.0, 1.0), 1.0, severity) <= 1
    assert {pick_int(rng, (1, 3), 0.5) for _ in range(100)} == {1, 2, 3}


def test_two_sided_draws_keep_both_sides_and_move_away_with_severity():
    rng = np.random.default_rng(0)
    easy, hard = (
        np.array([pick_around(rng, (0.5, 1.4), 1.0, severity) for _ in range(2000)])
        for severity in (0.0, 1.0)
    )
    assert (hard < 1).mean() == pytest.approx(0.5 / 0.9, abs=0.05)
    assert np.abs(easy - 1).mean() < 0.6 * np.abs(hard - 1).mean()

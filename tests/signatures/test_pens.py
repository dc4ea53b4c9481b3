import numpy as np
import pytest

from sigunet.signatures.pens import PENS, draw_pen, strength


def test_a_stylus_is_drawn_as_often_as_asked():
    kinds = [draw_pen(np.random.default_rng(seed)).kind for seed in range(600)]
    assert set(kinds) == set(PENS)
    assert 0.01 < kinds.count("stylus") / len(kinds) < 0.06
    assert draw_pen(np.random.default_rng(0), 1.0).kind == "stylus"
    assert all(draw_pen(np.random.default_rng(seed), 0.0).kind != "stylus" for seed in range(60))


@pytest.mark.parametrize("seed", range(5))
def test_a_stylus_gives_the_same_all_along(seed):
    run, hurry = np.linspace(0, 300, 200), np.abs(np.sin(np.linspace(0, 6, 200)))
    even = strength(
        draw_pen(np.random.default_rng(seed), 1.0), run, hurry, True, np.random.default_rng(1)
    )
    assert np.ptp(even) < 1e-6
    others = [
        np.ptp(
            strength(
                draw_pen(np.random.default_rng(k), 0.0), run, hurry, True, np.random.default_rng(1)
            )
        )
        for k in range(20)
    ]
    assert np.median(others) > 0.05

import numpy as np

from sigunet.signatures import angular


def runs(made):
    return [len(gesture.points) for gesture in made]


def test_names_and_marks_differ():
    names = {tuple(runs(angular.name(0.5, np.random.default_rng(seed)))) for seed in range(60)}
    marks = {tuple(runs(angular.mark(np.random.default_rng(seed)))) for seed in range(60)}
    assert len(names) > 20
    # Saltires, one to three of them; a cross is a pair as well; ticks, hashes and tallies.
    assert {(2, 2), (2,) * 4, (2,) * 6, (3,), (2,) * 5} <= marks


def test_pens_stay_down_between_strokes_where_a_hand_joins():
    def lifts(join):
        return sum(len(angular.name(join, np.random.default_rng(seed))) for seed in range(60))

    assert lifts(1.0) < 0.9 * lifts(0.0)


def test_a_name_is_higher_than_nothing_and_longer_than_a_dot():
    for seed in range(60):
        for made in (
            angular.name(0.5, np.random.default_rng(seed)),
            angular.mark(np.random.default_rng(seed)),
        ):
            points = np.concatenate([gesture.points for gesture in made])
            assert np.hypot(*np.ptp(points, axis=0)) > 1.0
            assert np.isfinite(points).all() and np.abs(points).max() < 40

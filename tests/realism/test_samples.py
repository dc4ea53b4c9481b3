import numpy as np
import pytest

from sigunet.realism.samples import (
    Sample,
    area_under_curve,
    half_distances,
    separation,
    wasserstein,
)


def made(seed: int, writers: int, shift: float = 0.0, features: int = 5) -> Sample:
    """Pictures whose features vary from writer to writer and, less, within one."""
    rng = np.random.default_rng(seed)
    hands = rng.normal(shift, 1.0, (writers, features))
    values = np.repeat(hands, 8, axis=0) + rng.normal(0, 0.5, (8 * writers, features))
    return Sample(values, np.repeat(np.arange(writers), 8))


def test_wasserstein_of_a_shift_is_the_shift():
    x = np.random.default_rng(0).normal(size=500)
    assert wasserstein(x, x + 0.7) == pytest.approx(0.7, abs=1e-9)
    assert wasserstein(x, x[::-1]) == 0


def test_wasserstein_of_samples_of_different_size():
    assert wasserstein(np.array([0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0)
    assert wasserstein(np.array([0.0]), np.array([1.0, 3.0])) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([3, 2, 1, 0], 1.0), ([0, 1, 2, 3], 0.0), ([1, 1, 1, 1], 0.5), ([2, 0, 1, 0], 0.875 - 0.25)],
)
def test_area_under_the_curve(scores, expected):
    labels = np.array([1.0, 1.0, 0.0, 0.0])
    assert area_under_curve(np.array(scores, float), labels) == pytest.approx(expected)


def test_two_samples_of_the_same_hands_are_not_told_apart():
    rng = np.random.default_rng(0)
    found = separation(made(1, 60), made(2, 60), range(5), rng, repetitions=5)
    assert 0.4 < found.auc < 0.6
    assert found.low <= found.auc <= found.high


def test_other_hands_are_told_apart():
    rng = np.random.default_rng(0)
    assert separation(made(1, 40), made(2, 40, shift=1.5), range(5), rng, 5).auc > 0.9


def test_a_difference_of_spread_is_seen_too():
    narrow, wide = made(1, 60), made(2, 60)
    wide = Sample(2.5 * wide.values, wide.writers)
    assert separation(narrow, wide, range(5), np.random.default_rng(0), 5).auc > 0.8


def test_only_the_columns_asked_for_are_seen():
    rng = np.random.default_rng(0)
    shifted = made(2, 60)
    shifted.values[:, 3] += 5
    assert separation(made(1, 60), shifted, [0, 1], rng, 5).auc < 0.65
    assert separation(made(1, 60), shifted, [3], rng, 5).auc > 0.95


def test_no_writer_is_in_training_and_test():
    # A writer is known by features that say nothing about the side: knowing writers by heart
    # would tell all apart, and nothing else can.
    rng = np.random.default_rng(3)
    hands = rng.normal(size=(2, 12, 20))
    sides = [
        Sample(np.repeat(hand, 8, axis=0) + rng.normal(0, 0.01, (96, 20)), np.repeat(range(12), 8))
        for hand in hands
    ]
    assert separation(*sides, range(20), rng, 4).auc < 0.7


def test_halves_of_alike_writers_are_near_and_of_unlike_ones_far():
    rng = np.random.default_rng(0)
    near = made(1, 10)
    near = Sample(
        near.values - np.repeat(near.values.reshape(10, 8, 5).mean(1), 8, 0), near.writers
    )
    assert (half_distances(near, rng) < 0.3 * half_distances(made(1, 10), rng)).all()


def test_same_hands_are_as_far_as_halves_of_them():
    rng = np.random.default_rng(0)
    one, other = made(1, 80, features=12), made(2, 80, features=12)
    distances = [wasserstein(a, b) for a, b in zip(one.values.T, other.values.T, strict=True)]
    assert 0.4 < np.median(distances / half_distances(one, rng)) < 1.6

import numpy as np

from sigunet import image, signatures, truth
from sigunet.data.synthetic import scanned


def fmeasure(one, other):
    return 2 * np.sum(one & other) / (one.sum() + other.sum())


def test_ink_is_what_is_measured_on_a_scan_of_it():
    for writer in range(6):
        ink, pigment = scanned(3, writer, 0)
        _, mask = truth.ink_from_scan(1 - np.float32(0.85) * image.to_float(pigment))
        assert fmeasure(ink > 127, mask) > 0.99


def test_what_was_drawn_is_found_again_a_little_wider_where_it_is_fine():
    found, drawn = [], []
    for writer in range(12):
        ink, _ = scanned(3, writer, 0)
        covered = signatures.draw(3, writer, 0) > 127
        assert np.sum(covered & (ink > 127)) > 0.93 * covered.sum()
        found.append((ink > 127).sum())
        drawn.append(covered.sum())
    assert 1.0 < sum(found) / sum(drawn) < 1.2


def test_a_scan_is_soft_and_a_function_of_its_numbers():
    (ink, pigment), drawn = scanned(3, 1, 2), signatures.draw_inked(3, 1, 2)
    again = scanned(3, 1, 2)
    assert np.array_equal(ink, again[0]) and np.array_equal(pigment, again[1])
    spread = [np.count_nonzero(array) for array in (pigment, drawn[..., 1])]
    assert spread[0] > 1.05 * spread[1]
    assert abs(int(pigment.sum()) - int(drawn[..., 1].sum())) < 0.03 * drawn[..., 1].sum()

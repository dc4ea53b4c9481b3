import numpy as np

from sigunet.cleaning.specks import least_area, without_specks


def test_specks_go_with_their_rim():
    soft = np.zeros((40, 60), np.float32)
    soft[10:14, 5:50] = 0.9
    soft[30:32, 20:22], soft[29, 20:22] = 0.8, 0.3
    kept = without_specks(soft, 0.5, 8)
    assert kept[10:14, 5:50].min() == np.float32(0.9) and not kept[25:].any()
    assert without_specks(soft, 0.5, 4) is soft


def test_what_is_kept_of_one_patch_does_not_hang_on_another():
    soft = np.zeros((40, 60), np.float32)
    soft[10:14, 5:50] = 0.9
    # Its box reaches into the stroke's, and its rim touches it.
    soft[15:17, 20:22] = 0.8
    kept = without_specks(soft, 0.5, 8)
    assert kept[10:14, 5:50].min() == np.float32(0.9) and not kept[15:].any()


def test_the_least_patch_follows_the_stroke():
    assert least_area(0.0) == least_area(2.0) == 8
    assert least_area(10.0) == 50

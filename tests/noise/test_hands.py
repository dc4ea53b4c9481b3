import numpy as np

from sigunet.noise import hands


def test_hands_are_cut_to_their_ink_and_drawn_once():
    rng = np.random.default_rng(0)
    for _ in range(6):
        raster = hands.hand(rng)
        assert raster.dtype == np.uint8 and raster.max() > 200
        assert raster[0].any() and raster[-1].any() and raster[:, 0].any() and raster[:, -1].any()
    assert hands.hand(np.random.default_rng(0)) is hands.hand(np.random.default_rng(0))


def test_pieces_are_no_larger_than_their_hand():
    for seed in range(8):
        whole = hands.hand(np.random.default_rng(seed))
        piece = hands.written(np.random.default_rng(seed))
        assert piece.shape[0] == whole.shape[0] and piece.shape[1] <= whole.shape[1]


def test_figures_are_as_high_as_told_and_stand_beside_each_other():
    for seed in range(10):
        paths = hands.figures(np.random.default_rng(seed), "1020/77", 30.0)
        assert len(paths) == 7
        points = np.concatenate(paths)
        assert 20 < np.ptp(points[:, 0]) < 50
        starts = [path[:, 1].mean() for path in paths]
        assert starts == sorted(starts)


def test_every_character_of_a_date_can_be_written():
    rng = np.random.default_rng(0)
    texts = {hands.date(rng) for _ in range(200)}
    assert len(texts) > 100
    for text in texts:
        assert hands.figures(rng, text, 20.0)

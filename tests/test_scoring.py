import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import scoring


def test_eval_step_by_hand():
    """Scores a network that answers with its input: the sums can be counted."""

    class Mirror:
        @staticmethod
        def apply(variables, image):
            return jnp.log(image[..., 0] / (1 - image[..., 0]))

    image = np.full((4, 2, 4, 1), 0.1, np.float32)
    ink = np.zeros((4, 2, 4), np.float32)
    image[0, 0, :2] = 0.9  # two found of three, and nothing else: IoU 2/3, F 4/5
    ink[0, 0, :3] = 1
    image[1, 0, :4] = 0.3  # 0.6 of the floor: all four found at 0.5, none at 0.7
    ink[1, 0, :4] = 1
    image[2, 0, 0] = 0.9  # one pixel of false ink in an empty picture
    image[3] = 0.9  # padding, which must not count
    batch = {"image": image, "ink": ink, "mask": np.array([True, True, True, False])}
    sums = jax.device_get(scoring.eval_step({}, batch, model=Mirror))
    scores = scoring.finish(sums)
    assert scores["iou"] == pytest.approx((2 / 3 + 1) / 2)
    assert scores["fmeasure"] == pytest.approx((4 / 5 + 1) / 2)
    assert scores["accuracy"] == pytest.approx((7 + 8 + 7) / 24)
    assert scores["false_ink"] == pytest.approx(1 / 8)
    assert scores["threshold"] < 0.6
    assert scores["fmeasure_calibrated"] == pytest.approx(scores["fmeasure"])
    assert sums["fmeasure"][scoring.THRESHOLDS.index(0.7)] == pytest.approx(4 / 5)


def test_finish_adds_batches_before_it_divides():
    whole = {
        "loss": 3.0, "accuracy": 2.7, "false_ink": 0.0, "pictures": 3.0, "inked": 3.0,
        "iou": np.full(len(scoring.THRESHOLDS), 1.5),
        "fmeasure": np.linspace(1.0, 2.0, len(scoring.THRESHOLDS)),
    }  # fmt: skip
    scores = scoring.finish(whole)
    assert scores["loss"] == 1.0
    assert scores["accuracy"] == pytest.approx(0.9)
    assert scores["iou"] == 0.5
    assert scores["threshold"] == scoring.THRESHOLDS[-1]

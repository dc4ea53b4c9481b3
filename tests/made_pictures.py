"""Small pictures of known ink, a few for each of some degradations."""

import numpy as np

from sigunet.frozen import Picture

KINDS = ("clean", "lines", "empty")


def picture(row, number):
    rng = np.random.default_rng(number)
    truth = np.zeros((40 + number, 60), bool)
    if row != "empty":
        truth[10:14, 5 + number : 50] = True
    image = np.where(truth, 0.2, 1.0).astype(np.float32)
    image = np.clip(image + rng.normal(0, 0.02, image.shape).astype(np.float32), 0, 1)
    return Picture(image[..., None], truth, row, f"{number}")


def pictures():
    return [picture(row, number) for row in KINDS for number in range(3)]

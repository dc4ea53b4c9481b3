import numpy as np
import pytest

from sigunet.data.batches import Batches, frozen_batches
from sigunet.data.example import Examples
from sigunet.errors import ConfigError


def test_hosts_end_to_end_are_one_host(config, source):
    examples = Examples.of(config, source)
    whole = Batches(examples, 4)(3)
    parts = [Batches(examples, 4, index, 2)(3) for index in range(2)]
    for key in ("image", "ink"):
        assert whole[key].dtype == np.float32
        np.testing.assert_array_equal(whole[key], np.concatenate([part[key] for part in parts]))


def test_batches_follow_each_other_without_gap(config, source):
    batches = Batches(Examples.of(config, source), 4)
    positions = [batches.position(step, row) for step in range(5) for row in range(4)]
    assert positions == list(range(20))
    image, ink = batches.examples(9)
    assert (batches(2)["image"][1] == image).all() and (batches(2)["ink"][1] == ink).all()


def test_a_batch_that_does_not_divide_is_a_sentence(config, source):
    with pytest.raises(ConfigError, match="batch_size 4 does not divide by 3 processes"):
        Batches(Examples.of(config, source), 4, 0, 3)


def test_frozen_batches_are_frozen_filled_and_masked(config, source):
    first, second = (list(frozen_batches(config, source, 6, 4)) for _ in range(2))
    assert [batch["mask"].tolist() for batch in first] == [[1, 1, 1, 1], [1, 1, 0, 0]]
    for one, other in zip(first, second, strict=True):
        for key in ("image", "ink", "mask"):
            assert one[key].shape[0] == 4
            np.testing.assert_array_equal(one[key], other[key])
    assert not first[1]["image"][2:].any() and first[1]["image"][:2].any()
    image, _ = Examples.of(config, source, stream="validation")(5)
    assert (first[1]["image"][1] == image).all()
    assert not (first[0]["image"] == Batches(Examples.of(config, source), 4)(0)["image"]).all()

import numpy as np
import pytest

from sigunet.data.batches import Batches
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

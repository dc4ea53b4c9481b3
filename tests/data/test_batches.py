import numpy as np
import pytest

from sigunet.data.batches import Batches
from sigunet.data.example import Examples
from sigunet.data.pipeline import make_loader
from sigunet.errors import ConfigError
from sigunet.image import resize, to_uint8


def test_hosts_end_to_end_are_one_host(config, source):
    examples = Examples.of(config, source)
    whole = Batches(examples, 4)(3)
    parts = [Batches(examples, 4, index, 2)(3) for index in range(2)]
    for key in ("image", "ink"):
        assert whole[key].dtype == np.uint8
        np.testing.assert_array_equal(whole[key], np.concatenate([part[key] for part in parts]))


def test_batches_follow_each_other_without_gap(config, source):
    batches = Batches(Examples.of(config, source), 4)
    positions = [batches.position(step, row) for step in range(5) for row in range(4)]
    assert positions == list(range(20))
    image, ink = batches.examples(9)
    # Within half a level of what a scan's 8 bits can say.
    for key, exact in (("image", image), ("ink", ink)):
        np.testing.assert_allclose(batches(2)[key][1] / 255, exact, rtol=0, atol=0.5001 / 255)


def dark(image):
    return (image[..., 0] < 0.5).astype(np.float32)


@pytest.mark.parametrize("loader", ["tf", "processes"])
def test_a_teacher_says_what_it_sees_in_every_loader(config, source, loader):
    if loader == "tf":
        pytest.importorskip("tensorflow")
    config.data.loader = loader
    expected = Batches(Examples.of(config, source), 4, teacher=dark)(1)
    assert sorted(expected) == ["image", "ink", "taught"]
    for row, position in enumerate(range(4, 8)):
        image, _ = Examples.of(config, source)(position)
        np.testing.assert_array_equal(expected["taught"][row], 255 * dark(image))
    with make_loader(config, source, start_step=1, stop_step=2, teacher=dark) as loader:
        (batch,) = loader
    for name, values in expected.items():
        np.testing.assert_array_equal(batch[name], values)


def test_a_share_is_shown_from_closer_by(config, source):
    examples = Examples.of(config, source)
    plain, some, each = (
        Batches(examples, 16, teacher=dark, closer=share) for share in (0.0, 0.5, 1.0)
    )
    size, shown = examples.size, some(0)
    kept = [some._cut(row) is None for row in range(16)]
    assert 0 < sum(kept) < 16
    for row in range(16):
        source_of = plain if kept[row] else each
        for name, values in source_of.row(row).items():
            np.testing.assert_array_equal(shown[name][row], values)
        # Of the picture, the truth and what is taught the same part: the teacher has seen it whole.
        image, ink = examples(row)
        rows, columns = cut = each._cut(row)
        side = rows.stop - rows.start
        assert columns.stop - columns.start == side and 1.4 <= size / side <= 2.05
        assert 0 <= min(rows.start, columns.start) and max(rows.stop, columns.stop) <= size
        for name, whole in (("image", image), ("ink", ink), ("taught", dark(image))):
            enlarged = resize(whole[cut], size, size)
            np.testing.assert_array_equal(each.row(row)[name], to_uint8(enlarged))
    assert len({each._cut(row)[0].start for row in range(16)}) > 3


def test_a_batch_that_does_not_divide_is_a_sentence(config, source):
    with pytest.raises(ConfigError, match="batch_size 4 does not divide by 3 processes"):
        Batches(Examples.of(config, source), 4, 0, 3)

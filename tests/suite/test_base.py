import io

import numpy as np
import pytest

from sigunet.errors import DataError
from sigunet.suite import base, make


def test_the_built_in_base_loads():
    signatures = base.base_s()
    assert len(signatures) == base.WRITERS * base.SIGNINGS == len(signatures.writers)
    assert len(set(signatures.writers)) == base.WRITERS
    for index in range(0, len(signatures), 7):
        signature = signatures[index]
        ink, density = signature.ink, signature.density
        assert ink.dtype == density.dtype == np.float32 and ink.shape == density.shape
        assert 0 <= density.min() and density.max() <= 1
        assert 300 < np.count_nonzero(ink > 0.5) < 0.25 * ink.size
        assert 0.05 < signature.pen < 0.65
        assert signature.writer == signatures.writers[index]


def test_the_base_has_pale_and_dark_pens():
    pens = np.array([base.base_s()[n].pen for n in range(0, base.WRITERS * base.SIGNINGS, 2)])
    assert (pens < 0.25).sum() >= 12 and (pens > 0.3).sum() >= 3


def test_a_base_is_made_by_a_command(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "WRITERS", 2)
    make.main(["signatures", "--to", str(tmp_path)])
    data = (tmp_path / base.FILE).read_bytes()
    made = base.Stored(data)
    assert made.writers == ["s00", "s00", "s01", "s01"]
    assert (made[0].ink.shape != made[1].ink.shape) or (made[0].ink != made[1].ink).any()
    make.main(["signatures", "--to", str(tmp_path)])
    assert base.Stored((tmp_path / base.FILE).read_bytes()).digest == made.digest


def test_a_damaged_base_says_so(tmp_path, monkeypatch):
    for data in (b"", b"no archive", b"PK\x03\x04 half"):
        with pytest.raises(DataError, match="cannot be read"):
            base.Stored(data)
    monkeypatch.setattr(base, "WRITERS", 1)
    base.make_base(tmp_path / "base.npz")
    with np.load(tmp_path / "base.npz") as file:
        arrays = dict(file)
    arrays["pens"] = arrays["pens"] + 0.1
    changed = io.BytesIO()
    np.savez(changed, **arrays)
    with pytest.raises(DataError, match="damaged"):
        base.Stored(changed.getvalue())

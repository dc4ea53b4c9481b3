import os
import stat

import pytest

from sigunet import atomic
from sigunet.errors import SigunetError


def test_a_file_is_whole_or_not_there(tmp_path, monkeypatch):
    target = tmp_path / "new" / "x.txt"
    atomic.write_text(target, "grün")
    assert target.read_bytes() == "grün".encode()
    monkeypatch.setattr(os, "replace", _refuse)
    with pytest.raises(SigunetError, match=r"x.txt cannot be written: No space"):
        atomic.write_bytes(target, b"other")
    assert [path.read_text() for path in target.parent.iterdir()] == ["grün"]


def _refuse(*_, **__):
    raise OSError(28, "No space left on device")


def test_permissions_and_links_stay(tmp_path):
    target, link = tmp_path / "x.bin", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target.name)
    atomic.write_bytes(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_what_has_no_permissions_is_written_all_the_same(tmp_path, monkeypatch):
    target = tmp_path / "x.bin"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "chmod", _refuse)
    atomic.write_bytes(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    target = tmp_path / ("n" * 251 + ".png")
    atomic.write_bytes(target, b"x")
    assert target.read_bytes() == b"x"
    with pytest.raises(SigunetError, match="cannot be written: File name too long"):
        atomic.write_bytes(tmp_path / ("n" * 300), b"x")


def test_what_is_no_file_stays_what_it_is(tmp_path):
    atomic.write_bytes("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(SigunetError, match="cannot be written: Is a directory"):
        atomic.write_bytes(tmp_path, b"x")

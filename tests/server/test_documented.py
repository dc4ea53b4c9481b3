"""The client that the documentation shows, run against the service as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from made_server import signature
from PIL import Image

PAGE = Path(__file__).parents[2] / "docs" / "service.md"


def test_the_client_that_is_shown(service, tmp_path):
    (code,) = re.findall(r"<!-- client -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert "127.0.0.1:8000" in code
    (tmp_path / "scan.png").write_bytes(signature())
    done = subprocess.run(
        [sys.executable, "-c", code.replace("127.0.0.1:8000", f"{service.host}:{service.port}")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("signature", "unsure", "empty")
    with Image.open(tmp_path / "ink.png") as ink:
        assert ink.mode == "L" and np.asarray(ink).min() < 50

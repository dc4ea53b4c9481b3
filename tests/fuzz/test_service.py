import subprocess
import sys

import pytest

from sigunet.fuzz import service
from sigunet.fuzz.promises import Violation

# A process of its own: the server that the target starts stays until the end.
RUN = """
import collections
from sigunet.fuzz import mutate
from sigunet.fuzz.service import service
counts = collections.Counter(service(mutate.make(0, number)) for number in range(150))
print(*sorted(counts))
"""


def test_the_service_keeps_its_promises_and_all_kinds_of_requests_are_made():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["dropped", "other", "picture", "refused"]
    assert not done.stderr


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b'{"error": "No."}'),
        ("application/json", b'{"detail": "No."}'),
        ("application/json", b'{"error": "No.", "more": 1}'),
        ("application/json", b'{"error": "No"}'),
        ("application/json", b'{"error": "Two\\nlines."}'),
        ("application/json", b'{"error": "Traceback (most recent call last)."}'),
    ],
)
def test_what_is_no_refusal(kind, body):
    with pytest.raises(Violation):
        service._check_refusal({"content-type": kind}, body)


def test_a_refusal():
    service._check_refusal({"content-type": "application/json"}, b'{"error": "No."}')


def test_a_picture_that_is_none():
    with pytest.raises(OSError):
        service._check_picture({"content-type": "image/png"}, b"\x89PNG\r\n")
    with pytest.raises(Violation):
        service._check_picture({"content-type": "text/html"}, b"")

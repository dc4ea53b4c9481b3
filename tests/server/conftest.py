import pytest
from made_server import Logged, signature


@pytest.fixture(scope="session")
def service():
    """A service with small limits; it is killed and loaded by no test."""
    with Logged(max_bytes=200_000, max_pixels=1_000_000) as started:
        yield started


@pytest.fixture(scope="session")
def picture():
    return signature(dpi=(300, 300))

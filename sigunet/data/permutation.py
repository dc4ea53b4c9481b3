"""A shuffled order without a stored order: position -> (epoch, index) in constant time."""

import hashlib
from functools import lru_cache

_ROUNDS = 6
_MASK = (1 << 64) - 1


def locate(position: int, length: int, seed: int | str) -> tuple[int, int]:
    """Finds what lies at a position of an endless series of shuffled epochs.

    Args:
        position: From 0 upwards.
        length: Items an epoch.
        seed: Another seed gives another order.

    Returns:
        (epoch, index): over the `length` positions of an epoch each index occurs once.
    """
    epoch, place = divmod(position, length)
    return epoch, permute(place, length, *_keys(seed, epoch))


def permute(place: int, length: int, *keys: int) -> int:
    """Maps 0..length-1 onto itself by a Feistel network with cycle walking.

    Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002: the network permutes the next
    power of four, and a value that falls outside is put through again until it lies inside.

    Args:
        place: In [0, length).
        length: Size of the domain.
        *keys: One 64-bit number a round.

    Returns:
        The place it goes to, in [0, length).
    """
    half = max(2, ((length - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = place >> half, place & mask
        for key in keys:
            left, right = right, left ^ (_mix(right ^ key) & mask)
        place = left << half | right
        if place < length:
            return place


def _mix(x: int) -> int:
    """The finalizer of splitmix64 (Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & _MASK
    return x ^ (x >> 31)


@lru_cache(maxsize=64)
def _keys(seed: int | str, epoch: int) -> tuple[int, ...]:
    text = hashlib.blake2b(f"order|{seed}|{epoch}".encode(), digest_size=8 * _ROUNDS).digest()
    return tuple(int.from_bytes(text[8 * i : 8 * i + 8], "little") for i in range(_ROUNDS))

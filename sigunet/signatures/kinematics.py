"""Handwriting as a sum of lognormal strokes.

The sigma-lognormal model (Plamondon; O'Reilly and Plamondon 2009): the hand is driven by strokes
that overlap in time. Each has a lognormal speed profile and turns from a start to an end direction
as it advances, so each alone is an arc of a circle. Their sum is the path of the pen.

    |v(t)| = D / (sigma sqrt(2 pi) (t - t0)) exp(-(ln(t - t0) - mu)^2 / (2 sigma^2)),  t > t0
    w(t)   = (1 + erf((ln(t - t0) - mu) / (sigma sqrt 2))) / 2
    phi(t) = theta_s + (theta_e - theta_s) w(t)
    p(t)   = p0 + sum D / (theta_e - theta_s) (sin phi - sin theta_s, cos theta_s - cos phi)

Here x points right and y points up; angles are counterclockwise.
"""

import dataclasses

import numpy as np
from scipy.special import ndtr

# Below this sweep an arc and its chord are the same to 1e-11, and the quotient loses digits.
_STRAIGHT = 1e-5
# A stroke lasts from -3 sigma to +3 sigma of its lognormal.
_SPAN = 3.0
# A turn (rad) from which a smooth target counts as a reversal.
_RETRACED = 2.75


@dataclasses.dataclass(frozen=True)
class Strokes:
    """The strokes of one pen-down movement.

    Attributes:
        distance: float64[N], length of each arc D, in the unit of the plan (px).
        onset: float64[N], t0 in s.
        mu: float64[N], log of the time scale (ln s).
        sigma: float64[N], log-response time, 0.12-0.5.
        start: float64[N], theta_s in rad.
        end: float64[N], theta_e in rad.
        origin: float64[2], p0, where the pen lands.
    """

    distance: np.ndarray
    onset: np.ndarray
    mu: np.ndarray
    sigma: np.ndarray
    start: np.ndarray
    end: np.ndarray
    origin: np.ndarray

    @property
    def begin(self) -> float:
        """Time (s) at which the first stroke sets in (-3 sigma)."""
        return float(np.min(self.onset + np.exp(self.mu - _SPAN * self.sigma)))

    @property
    def finish(self) -> float:
        """Time (s) at which the last stroke has died down (+3 sigma)."""
        return float(np.max(self.onset + np.exp(self.mu + _SPAN * self.sigma)))


def from_targets(
    targets: np.ndarray,
    sweeps: np.ndarray,
    onsets: np.ndarray,
    durations: np.ndarray,
    sigmas: np.ndarray,
) -> Strokes:
    """Strokes that lead from one virtual target to the next.

    Args:
        targets: float64[N + 1, 2], the virtual targets; the pen lands on the first.
        sweeps: float64[N], angle by which each arc turns, rad, within (-2 pi, 2 pi).
        onsets: float64[N], time in s at which each stroke sets in (-3 sigma).
        durations: float64[N], s from -3 sigma to +3 sigma.
        sigmas: float64[N], log-response times.

    Returns:
        The N strokes. Left to finish, they end on the last target.
    """
    chord = np.diff(targets, axis=0)
    half = sweeps / 2
    # np.sinc(x) is sin(pi x) / (pi x): the arc of a chord, exact at sweep 0 too.
    distance = np.hypot(chord[:, 0], chord[:, 1]) / np.sinc(half / np.pi)
    heading = np.arctan2(chord[:, 1], chord[:, 0])
    mu = np.log(durations / (2 * np.sinh(_SPAN * sigmas)))
    onset = onsets - np.exp(mu - _SPAN * sigmas)
    return Strokes(distance, onset, mu, sigmas, heading - half, heading + half, targets[0])


def _phase(strokes: Strokes, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elapsed time (s), standardised log time and progress w of each stroke: float64[T, N]."""
    elapsed = times[:, None] - strokes.onset
    safe = np.maximum(elapsed, 1e-300)
    z = (np.log(safe) - strokes.mu) / strokes.sigma
    return safe, z, ndtr(z)


def position(strokes: Strokes, times: np.ndarray) -> np.ndarray:
    """The path p(t).

    Args:
        strokes: the movement.
        times: float64[T], s.

    Returns:
        float64[T, 2], in the unit of the plan.
    """
    _, _, progress = _phase(strokes, times)
    sweep = strokes.end - strokes.start
    straight = np.abs(sweep) < _STRAIGHT
    radius = strokes.distance / np.where(straight, 1.0, sweep)
    phi = strokes.start + sweep * progress
    x = radius * (np.sin(phi) - np.sin(strokes.start))
    y = radius * (np.cos(strokes.start) - np.cos(phi))
    if straight.any():
        along = strokes.distance * progress
        middle = (strokes.start + strokes.end) / 2
        x = np.where(straight, along * np.cos(middle), x)
        y = np.where(straight, along * np.sin(middle), y)
    return strokes.origin + np.stack([x.sum(axis=1), y.sum(axis=1)], axis=1)


def velocity(strokes: Strokes, times: np.ndarray) -> np.ndarray:
    """The velocity v(t): lognormal speeds along the turning directions, summed.

    Args:
        strokes: the movement.
        times: float64[T], s.

    Returns:
        float64[T, 2], in units of the plan per s.
    """
    elapsed, z, progress = _phase(strokes, times)
    norm = strokes.sigma * np.sqrt(2 * np.pi) * elapsed
    speed = strokes.distance / norm * np.exp(-(z**2) / 2)
    phi = strokes.start + (strokes.end - strokes.start) * progress
    return np.stack([(speed * np.cos(phi)).sum(axis=1), (speed * np.sin(phi)).sum(axis=1)], axis=1)


def sweeps_through(points: np.ndarray, corners: np.ndarray, roundness: float = 1.0) -> np.ndarray:
    """Sweeps that make the arcs between targets meet in one direction, except at corners.

    At a smooth target the pen's direction halves the turn between its two chords. A stroke that
    starts or ends in a corner (or at an end of the movement) bends as its other end asks. Strokes
    long for their movement are kept straighter, as fast ones are.

    Args:
        points: float64[N + 1, 2], targets.
        corners: bool[N + 1], where the pen may turn on the spot.
        roundness: Factor on the sweeps: 0 angular, 1 smooth, above 1 bulging.

    Returns:
        float64[N], rad, within +-2.4.
    """
    chord = np.diff(points, axis=0)
    length = np.hypot(chord[:, 0], chord[:, 1]) + 1e-9
    heading = np.arctan2(chord[:, 1], chord[:, 0])
    turn = np.zeros(len(points))
    turn[1:-1] = np.angle(np.exp(1j * np.diff(heading)))
    # Turning right round is a retraced stroke: which way round would be chance.
    smooth = ~corners & (np.abs(turn) < _RETRACED)
    smooth[[0, -1]] = False
    half = np.where(smooth, turn / 2, 0.0)
    before, after = half[:-1], half[1:]
    # With a corner at one end, the other end's bend goes on through the whole stroke.
    one_sided = smooth[:-1] != smooth[1:]
    sweep = (before + after) * np.where(one_sided, 1.6, 1.0)
    limit = np.clip(2.4 * np.sqrt(np.median(length) / length), 0.7, 2.4)
    return np.clip(roundness * sweep, -limit, limit)

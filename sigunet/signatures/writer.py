"""Writers: a plan that stays, and how one signing of it differs from the next.

The variation is that measured by Bhattacharya et al. (IJDAR 2017): every parameter of every stroke
times 1 + r c, with c one end of the parameter's range and r in [0, 0.25]; angles by up to 0.1 rad;
and a sinusoidal warp of the whole. Of hands that are straight, the last two are the less.
"""

import dataclasses

import numpy as np
from scipy.special import ndtr

from sigunet.signatures import kinematics
from sigunet.signatures.flourish import add_flourishes
from sigunet.signatures.gesture import Gesture
from sigunet.signatures.hand import Habits, draw_habits
from sigunet.signatures.pens import Pen, draw_pen, strength
from sigunet.signatures.plan import compose, straightened
from sigunet.signatures.trajectory import Trace, Trajectory

MIN_SIZE = (100, 150)
MAX_SIZE = (500, 800)

_SAMPLES_PER_S = 200.0
_SPACING_S = 0.1
# Tremor: white noise every so many px, smoothed by this (of unit norm, so its deviation stays).
_TREMOR_PX = 4.0
_TREMOR_SHAPE = np.exp(-(np.linspace(-2, 2, 9) ** 2))
_TREMOR_SHAPE /= np.linalg.norm(_TREMOR_SHAPE)
# Ends of the ranges of change of D, t0, mu and sigma.
_ENDS = {
    "distance": (-0.10, 0.10),
    "onset": (-0.085, 0.0825),
    "mu": (-0.252, 0.263),
    "sigma": (-0.2875, 0.325),
}
# Widest pen, as a share of the height of an x.
_PEN_PER_X = 0.34
_WRITER, _SIGNING = 0, 1


@dataclasses.dataclass(frozen=True)
class Writer:
    """Somebody who signs.

    Attributes:
        seed: Seed of the whole set of writers.
        index: Which of them.
        habits: How this hand writes.
        plan: What it writes.
        scale: px for the height of an x.
    """

    seed: int
    index: int
    habits: Habits
    plan: tuple[Gesture, ...]
    scale: float

    @classmethod
    def from_seed(cls, seed: int, index: int) -> "Writer":
        """Writer number `index` of the set of writers `seed`.

        Args:
            seed: Seed of the set, >= 0.
            index: Number of the writer, >= 0.

        Returns:
            The writer; the same arguments always give the same one.
        """
        rng = np.random.default_rng([seed, index, _WRITER])
        habits = draw_habits(rng)
        plan = add_flourishes(compose(habits, rng), habits, rng)
        plan = [straightened(gesture, habits.straight) for gesture in plan]
        points = _leaning(np.concatenate([g.points for g in plan]), habits.slant, habits.rise)
        extent = np.ptp(points, axis=0)
        scale = habits.extent / np.sqrt(max(extent[0], 1.0) * max(extent[1], 1.0))
        room = np.array([MAX_SIZE[1] - 60.0, MAX_SIZE[0] - 60.0])
        return cls(seed, index, habits, tuple(plan), float(min(scale, *(room / extent))))

    def sign(self, signing: int) -> Trajectory:
        """Signs once.

        Args:
            signing: Number of the signing, >= 0.

        Returns:
            The movements, placed in a picture with a margin of 5-20 px.
        """
        rng = np.random.default_rng([self.seed, self.index, _SIGNING, signing])
        habits = self.habits
        loose = habits.sloppiness
        slant = habits.slant + rng.normal(0, 0.03) * loose
        rise = habits.rise + rng.normal(0, 0.03) * loose
        scale = self.scale * np.exp(rng.normal(0, 0.08, 2) * loose)
        paths, clock = [], 0.0
        for gesture in self.plan:
            points = gesture.points + rng.normal(0, 0.05, gesture.points.shape) * loose
            points = points + rng.normal(0, 0.08, 2) * loose * gesture.loose
            targets = _leaning(points * scale, slant, rise)
            times, path = self._move(targets, gesture, rng)
            paths.append((times + clock, path))
            clock += times[-1] + rng.uniform(0.1, 0.2)
        paths = _warped(paths, self._supple, rng)
        return self._inked(paths, rng)

    @property
    def _supple(self) -> float:
        """Share of what bends strokes that this hand has, 0-1."""
        return 1 - self.habits.straight

    @property
    def _overlap(self) -> float:
        """Duration of a stroke over the time between two; a straight hand slows down in corners."""
        return self.habits.overlap * (1 - 0.5 * self.habits.straight)

    @property
    def _aim(self) -> float:
        """How far beyond a target to aim, so that overlapping strokes reach it.

        A stroke's progress is about normal in time, with a sixth of its duration as deviation: when
        the pen should be at a target, it has still a share q to go and has begun as much too early.
        """
        q = float(ndtr(-3.0 / self._overlap))
        return self.habits.sharpen * 2 * q / (1 - 2 * q)

    def _move(
        self, targets: np.ndarray, gesture: Gesture, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Runs the pen through targets: times float64[T] and path float64[T, 2], y up, px."""
        habits = self.habits
        sweeps = self._supple * habits.bow + kinematics.sweeps_through(
            targets, gesture.corners, habits.roundness
        )
        beyond = targets.copy()
        # In a smooth bend the arcs bulge already; only a corner needs all of it.
        aim = np.where(gesture.corners, 1.0, 0.6)[1:-1, None] * self._aim
        beyond[1:-1] += aim * (targets[1:-1] - (targets[:-2] + targets[2:]) / 2)
        length = np.hypot(*np.diff(beyond, axis=0).T) + 1e-6
        # Long strokes take longer, but far less than their length would ask (isochrony).
        spacing = _SPACING_S * (length / np.median(length)) ** 0.3
        spacing = spacing * rng.normal(1.0, 0.05, len(spacing))
        onsets = np.concatenate([[0.0], np.cumsum(spacing[:-1])])
        strokes = kinematics.from_targets(
            beyond, sweeps, onsets, spacing * self._overlap, np.full(len(sweeps), habits.sigma)
        )
        strokes = _varied(strokes, habits.sloppiness, self._supple, rng)
        begin, finish = strokes.begin, strokes.finish
        if gesture.leaves:
            # The pen is lifted before it has come to rest.
            finish -= 0.35 * (finish - strokes.onset[-1])
        times = np.arange(begin, finish, 1 / _SAMPLES_PER_S)
        return times - begin, kinematics.position(strokes, times)

    def _inked(
        self, paths: list[tuple[np.ndarray, np.ndarray]], rng: np.random.Generator
    ) -> Trajectory:
        habits = self.habits
        tool = draw_pen(rng) if rng.random() < habits.borrows else habits.pen
        margin = rng.uniform(5.0, 20.0, 4)
        points = np.concatenate([path for _, path in paths])
        low, high = points.min(axis=0), points.max(axis=0)
        # Who writes small does not take a brush.
        most = max(_PEN_PER_X * self.scale, 3.0) * (1.4 if tool.kind == "felt" else 1.0)
        width = min(tool.width, most) * np.exp(rng.normal(0, 0.05))
        tool = dataclasses.replace(tool, width=width)
        free = np.array([MAX_SIZE[1], MAX_SIZE[0]]) - margin[:2] - margin[2:] - 2 * width
        shrink = min(1.0, *(free / np.maximum(high - low, 1.0)))
        wanted = np.ceil((high - low) * shrink + margin[:2] + margin[2:] + width)
        size = np.maximum(wanted, [MIN_SIZE[1], MIN_SIZE[0]])
        corner = margin[:2] + width / 2 + (size - wanted) / 2
        placed = [
            (times, np.stack([path[:, 0] - low[0], high[1] - path[:, 1]], axis=1) * shrink + corner)
            for times, path in paths
        ]
        speeds = [_speed(times, path) for times, path in placed]
        top = float(np.quantile(np.concatenate(speeds), 0.95)) + 1e-6
        traces = tuple(
            self._trace(times, path, speed, top, tool, gesture.leaves, rng)
            for (times, path), speed, gesture in zip(placed, speeds, self.plan, strict=True)
        )
        chance = int(rng.integers(2**31))
        shape = int(size[1]), int(size[0])
        return Trajectory(traces, shape, tool.grain, chance, tool.tooth, tool.hollow)

    def _tremble(self, path: np.ndarray, hurry: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Small displacements along a path, float64[T, 2] px, smooth over some px."""
        run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        knots = np.arange(0.0, run[-1] + _TREMOR_PX, _TREMOR_PX)
        tremor = self.habits.tremor * (1 - 0.8 * self.habits.straight)
        white = rng.normal(0, tremor, (2, len(knots) + len(_TREMOR_SHAPE) - 1))
        bumps = [np.convolve(row, _TREMOR_SHAPE, mode="valid") for row in white]
        shaken = np.stack([np.interp(run, knots, bump) for bump in bumps], axis=1)
        # A fast hand is a steady one.
        return shaken * (1 - 0.8 * hurry[:, None])

    def _trace(
        self,
        times: np.ndarray,
        path: np.ndarray,
        speed: np.ndarray,
        top: float,
        pen: Pen,
        leaves: bool,
        rng: np.random.Generator,
    ) -> Trace:
        """Gives a path its ink."""
        hurry = np.minimum(speed / top, 1.0)
        path = path + self._tremble(path, hurry, rng)
        step = np.gradient(path, axis=0)
        down = step[:, 1] / (np.hypot(step[:, 0], step[:, 1]) + 1e-9)
        width = pen.width * (1 - pen.thinning * hurry) * (1 + pen.nib * down)
        run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        slow = rng.uniform(0.0, pen.uneven) * np.sin(
            run / rng.uniform(25, 60) + rng.uniform(0, 6.3)
        )
        width = width * (1 + slow)
        width = width * (1 + pen.blob * rng.uniform(0, 1.6) * np.exp(-run / (0.8 * pen.width)))
        left = run[-1] - run
        if leaves:
            width = width * (1 - pen.taper * np.exp(-left / (3 + 0.12 * run[-1])))
        else:
            width = width * (1 + 0.5 * pen.blob * np.exp(-left / (0.8 * pen.width)))
        width = np.clip(width, 0.9, 8.5)
        return Trace(path, times, speed, width, strength(pen, run, hurry, leaves, rng))


def _leaning(points: np.ndarray, slant: float, rise: float) -> np.ndarray:
    """Upright grid points sheared by the slant (rad) and turned by the rise (rad)."""
    x = points[:, 0] + np.tan(slant) * points[:, 1]
    y = points[:, 1]
    c, s = np.cos(rise), np.sin(rise)
    return np.stack([c * x - s * y, s * x + c * y], axis=1)


def _speed(times: np.ndarray, path: np.ndarray) -> np.ndarray:
    return np.hypot(*np.gradient(path, times, axis=0).T)


def _varied(
    strokes: kinematics.Strokes, loose: float, supple: float, rng: np.random.Generator
) -> kinematics.Strokes:
    """One signing's version of a movement; its angles vary by that share of what they may."""
    count = len(strokes.distance)

    def factor(kind: str) -> np.ndarray:
        ends = np.array(_ENDS[kind])[rng.integers(2, size=count)]
        return 1 + loose * rng.uniform(0, 0.25, count) * ends

    angle = 0.1 * loose * supple * rng.uniform(-1, 1, (2, count)) * rng.uniform(0, 0.6, (2, count))
    # t0 counts from the stroke before, or the end of a long signature would fall apart.
    gaps = np.diff(strokes.onset, prepend=0.0)
    return dataclasses.replace(
        strokes,
        distance=strokes.distance * factor("distance"),
        onset=np.cumsum(gaps * factor("onset")),
        mu=strokes.mu * factor("mu"),
        sigma=strokes.sigma * factor("sigma"),
        start=strokes.start + angle[0],
        end=strokes.end + angle[1],
    )


def _warped(
    paths: list[tuple[np.ndarray, np.ndarray]], supple: float, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Bends all paths by one sinusoid along each axis, by up to `supple` * 7.5 % of its wavelength."""
    points = np.concatenate([path for _, path in paths])
    size = np.ptp(points, axis=0) + 1e-6
    height = supple * rng.uniform(-0.03, 0.03, 2) * size[::-1].clip(max=size.min() * 1.5)
    wave = size * rng.uniform(0.7, 1.5, 2)
    phase = rng.uniform(0, 2 * np.pi, 2)

    def warp(path: np.ndarray) -> np.ndarray:
        x, y = path[:, 0], path[:, 1]
        return np.stack(
            [
                x + height[0] * np.sin(2 * np.pi * y / wave[1] + phase[0]),
                y + height[1] * np.sin(2 * np.pi * x / wave[0] + phase[1]),
            ],
            axis=1,
        )

    return [(times, warp(path)) for times, path in paths]

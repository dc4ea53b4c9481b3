"""Fits the refinement of a network: the small model that judges its soft ink by the whole picture.

    python -m sigunet.refining sigunet/weights/base.safetensors

Pictures are drawn by the synthesiser and the wide family, of the writers of the validation split and in
a stream that no training uses; those of the test split are kept for what is reported. The network cleans
them as it does for users, and the model learns from what it found; where it looked twice, from what the
first look found alone, too. It is written into the JSON file beside the weights. An ONNX file that is to
be used without that has to be made again.
"""

import argparse
import dataclasses
import itertools
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from sigunet import config as config_lib
from sigunet import noise, sealed, shipped
from sigunet.arguments import positive
from sigunet.cleaning import Cleaner, backends
from sigunet.cleaning.evidence import Evidence
from sigunet.cleaning.refinement import Refinement
from sigunet.cleaning.scaling import Found
from sigunet.data import sources
from sigunet.data.example import Examples
from sigunet.errors import CheckpointError, SigunetError
from sigunet.image import scaled, to_float, to_uint8
from sigunet.progress import Progress

KEY = "refinement"
"""Of the JSON file beside the weights."""

HIDDEN = (64, 32)
"""Units of the hidden layers."""

STREAM = "refinement"
"""Of the noise and the signatures' order; of pictures with little noise it is STREAM-few."""

_SIDE = 448  # px of a picture; a signature is seen as a whole
_SCALES = (0.45, 1.2)
_EMPTY, _CLEAN = 0.12, 0.08
# Every third picture has a fifth of the noise of the others, and counts twice: where little is wrong, the edges of strokes are where
# the picture has them, and not where a network guesses.
_FEW, _FEW_COUNT = 0.2, 2.0
# How much a picture counts; and what the first look alone found in it, where there were two.
_COUNTS = (1.0, 0.5)
_EACH = 800  # px of a picture that are learnt from
_SPECKS = 500  # px; a picture with fewer of them counts for less
_SHARPNESS = 4.0  # twice that of the loss of `base`: the edge of a scan becomes that of a drawing
_STEPS = 5000
_BATCH = 4096
_RATE = 3e-3
_DECAY = 1.0


@dataclass(frozen=True)
class Learnt:
    """Pixels that a refinement is fitted to.

    Attributes:
        features: float32[N, F], by `evidence.FEATURES`.
        ink: float32[N] in [0, 1].
        weight: float64[N], how much each counts: all pictures much the same, those looked at twice half
            as much again.
    """

    features: np.ndarray
    ink: np.ndarray
    weight: np.ndarray


def measure(cleaner: Cleaner, count: int, *, seed: int = 0, quiet: bool = False) -> Learnt:
    """Cleans synthetic pictures and keeps what a refinement learns from.

    Args:
        cleaner: The network; what it has of a refinement is left out.
        count: Of pictures.
        seed: Of the pictures and of the pixels that are kept.
        quiet: Whether to show no progress.

    Raises:
        CheckpointError: If the network does not take pictures at their native scale.
    """
    if cleaner.backend.sampling != "crop" or cleaner.backend.strokes is None:
        raise CheckpointError(
            "Only a network that was trained with data.sampling crop, and knows the strokes it was "
            "trained on, is refined."
        )
    draw = _Pictures.of(cleaner.channels, seed)
    rows = []
    with Progress("measuring", count, unit="pictures", quiet=quiet) as bar:
        for number in range(count):
            picture, ink, counts = draw(number)
            found = cleaner.find(picture, refined=False)
            # Of its own, so that what is kept of a picture does not hang on those before.
            rng = np.random.default_rng((seed, number))
            rows += _rows(picture, ink, found, rng, counts)
            bar.advance()
    if not rows:
        raise CheckpointError("The network finds nothing that might be ink: train it first.")
    return Learnt(*(np.concatenate(column) for column in zip(*rows, strict=True)))


@dataclass(frozen=True)
class _Pictures:
    """Synthetic pictures to learn from: two as documents are, then one with little noise."""

    usual: Examples
    few: Examples

    @classmethod
    def of(cls, channels: int, seed: int) -> Self:
        config = config_lib.load("base")
        config.seed = seed
        config.model.channels = channels
        config.data.size, (config.data.min_scale, config.data.max_scale) = _SIDE, _SCALES
        config.data.empty, config.data.clean = _EMPTY, _CLEAN
        # Writers that no network is trained on and none is tested on.
        source = sources.open_source(config.data, "validation")
        usual = noise.documents_recipe()
        made = []
        for stream, recipe in ((STREAM, usual), (f"{STREAM}-few", usual.sparser(_FEW, ()))):
            config.noise = str(recipe)
            made.append(Examples.of(config, source, stream=stream))
        return cls(*made)

    def __call__(self, number: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Draws a picture in 8 bits: float32[H, W, C], its ink, float32[H, W], and how much it counts."""
        turn, place = divmod(number, 3)
        few = place == 2
        picture, ink = self.few(turn) if few else self.usual(2 * turn + place)
        return to_float(to_uint8(picture)), ink, _FEW_COUNT if few else 1.0


def _rows(
    picture: np.ndarray,
    ink: np.ndarray,
    found: Found,
    rng: np.random.Generator,
    counts: float = 1.0,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What is learnt from a picture: of what one look leaves, too, where there were two."""
    seen = [found]
    if found.first is not None:
        seen.append(dataclasses.replace(found, soft=found.first, looks=1, first=None))
    # At the scale at which it was seen, as in cleaning.
    picture, ink = scaled(picture, found.scale), scaled(ink, found.scale)
    for one, share in zip(seen, _COUNTS[: len(seen)], strict=True):
        soft, first = (None if x is None else scaled(x, one.scale) for x in (one.soft, one.first))
        evidence = Evidence.of(picture, soft, first)
        if evidence is None:
            continue
        truth = ink[evidence.box][evidence.which]
        kept = rng.permutation(len(truth))[:_EACH]
        weight = counts * share * min(1.0, len(truth) / _SPECKS) / len(kept)
        yield evidence.features[kept], truth[kept], np.full(len(kept), weight)


def fit(learnt: Learnt, *, seed: int = 0, steps: int | None = None) -> Refinement:
    """Fits a refinement with AdamW to the cross-entropy.

    Args:
        learnt: Pixels.
        seed: Of the first weights and the batches.
        steps: Of `_BATCH` pixels each; by default 5,000.

    Returns:
        The refinement.
    """
    import jax
    import jax.numpy as jnp
    import optax

    steps = steps or _STEPS
    low, centre, high = np.percentile(learnt.features, (10, 50, 90), axis=0).astype(np.float32)
    # Of what is normally distributed, the standard deviation.
    scaled = Refinement(centre, (high - low) / 2.56 + 1e-3, ())
    x = scaled.standardised(learnt.features)
    target = np.clip(0.5 + _SHARPNESS * (learnt.ink - 0.5), 0.0, 1.0).astype(np.float32)
    rng = np.random.default_rng(seed)
    sizes = [x.shape[1], *HIDDEN, 1]
    layers = [
        (
            jnp.asarray(
                rng.normal(0, np.sqrt(2 / i), (i, o)) * (0.1 if o == 1 else 1), jnp.float32
            ),
            jnp.zeros(o),
        )
        for i, o in itertools.pairwise(sizes)
    ]
    tx = optax.adamw(optax.cosine_decay_schedule(_RATE, steps), weight_decay=_DECAY)

    def loss(layers, x, target):
        for number, (weights, bias) in enumerate(layers):
            x = (jax.nn.relu(x) if number else x) @ weights + bias
        return optax.sigmoid_binary_cross_entropy(x[:, 0], target).mean()

    @jax.jit
    def step(layers, state, x, target):
        gradient = jax.grad(loss)(layers, x, target)
        updates, state = tx.update(gradient, state, layers)
        return optax.apply_updates(layers, updates), state

    state, heaped = tx.init(layers), np.cumsum(learnt.weight)
    for _ in range(steps):
        # Drawn by weight, so that each counts as it should.
        rows = np.searchsorted(heaped, rng.random(_BATCH) * heaped[-1], side="right")
        rows = np.minimum(rows, len(x) - 1)
        layers, state = step(layers, state, x[rows], target[rows])
    arrays = ((np.asarray(weights), np.asarray(bias)) for weights, bias in layers)
    return dataclasses.replace(scaled, layers=tuple(arrays))


def write(weights: Path, refinement: Refinement) -> None:
    """Writes a refinement into what a checkpoint says of itself.

    Args:
        weights: The .safetensors file; NAME.json lies beside it.
        refinement: Fitted to its network.

    Raises:
        CheckpointError: If there is no such NAME.json.
        SigunetError: If it cannot be written.
    """
    beside = weights.with_suffix(".json")
    try:
        described = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{beside} cannot be read: {error}.") from error
    sealed.write(beside, described | {KEY: refinement.to_json()})


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: The arguments; those of the process if None.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m sigunet.refining", description=__doc__)
    parser.add_argument("weights", help="a .safetensors file, or the name of shipped weights")
    parser.add_argument("--count", type=positive, default=4800, help="pictures")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures and the fit")
    parser.add_argument(
        "--backend",
        choices=backends.CHOICES,
        default="auto",
        help="what runs the network, which takes most of the time",
    )
    arguments = parser.parse_args(argv)
    file = shipped.locate(arguments.weights)
    if file is None:
        parser.error(f"{arguments.weights} is no .safetensors file and no name of shipped weights.")
    try:
        cleaner = Cleaner.from_checkpoint(file, backend=arguments.backend)
        if not os.access(file.with_suffix(".json"), os.W_OK):
            raise CheckpointError(f"{file.with_suffix('.json')} cannot be written.")
        learnt = measure(cleaner, arguments.count, seed=arguments.seed)
        write(file, fit(learnt, seed=arguments.seed))
    except SigunetError as error:
        print(f"sigunet.refining: {error}", file=sys.stderr)
        return 2
    print(f"{file.with_suffix('.json')}: fitted to {len(learnt.ink):,} pixels.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

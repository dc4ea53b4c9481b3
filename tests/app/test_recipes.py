import numpy as np
import pytest

pytest.importorskip("streamlit", reason="needs the extra app")

from sigunet import image, noise
from sigunet.app import pens, recipes
from sigunet.errors import ConfigError


def degraded(severity, seed=0, recipe="gaussian(0.01, 0.3, p=1)"):
    return recipes.degrade(pens.drawn(3), recipe, severity=severity, seed=seed, channels=1)


def test_severity_is_set_and_the_rest_is_drawn():
    clean = 1 - pens.drawn(3)[..., None]
    change = [np.abs(degraded(severity)[0] - clean).mean() for severity in (0.0, 0.5, 1.0)]
    assert change[0] < change[1] < change[2]
    assert np.array_equal(degraded(0.5)[0], degraded(0.5)[0])
    assert not np.array_equal(degraded(0.5)[0], degraded(0.5, seed=1)[0])


def test_the_drawn_severity_gives_the_same_picture_as_the_family():
    recipe = noise.parse(noise.DEFAULT_RECIPE)
    severity, _ = recipe.trace(np.random.default_rng(5))
    expected, _ = noise.degrade(pens.drawn(3), recipe, np.random.default_rng(5))
    picture, _ = degraded(severity, 5, noise.DEFAULT_RECIPE)
    assert np.array_equal(picture, expected)


def test_chosen_members_all_run_in_colour():
    steps = noise.parse(recipes.of_members(["gaussian", "seal"])).steps
    assert [(step.name, step.p) for step in steps] == [("seal", 1), ("gaussian", 1)]
    assert dict(steps[0].values)["colour"] == 1
    assert recipes.of_members([]) == ""


PLACES = [(member.name, place) for member in noise.MEMBERS.values() for place in member.places]


def test_every_member_has_words():
    said = recipes.members()
    # But for those that need what visitors may not name.
    assert set(noise.MEMBERS) - set(said) == {name for name, _ in PLACES}
    assert all(text.endswith(".") and "\n" not in text for text in said.values())


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_no_recipe_reads_the_disk(tmp_path, name, place):
    image.write(tmp_path / "private.png", np.zeros((400, 400, 3), np.float32))
    said = set()
    for path in (tmp_path, tmp_path / "missing", tmp_path / "private.png"):
        recipe = f"{name}({place}={str(path)!r}, p=1)"
        noise.parse(recipe)
        with pytest.raises(
            ConfigError, match=rf"{name}\({place}=\.\.\.\) names a place"
        ) as refused:
            degraded(0.5, recipe=recipe)
        said.add(str(refused.value))
    assert len(said) == 1, "nothing tells what is there"
    with pytest.raises(ConfigError, match="names a place"):
        degraded(0.5, recipe=f"gaussian|{name}({place}='~', p=0)|lines")
    with pytest.raises(ConfigError, match="needs the folder of your scans"):
        degraded(0.5, recipe=f"{name}({place}='', p=1)")


def test_a_long_recipe_is_not_read():
    with pytest.raises(ConfigError, match="4,001 characters; at most 4,000"):
        degraded(0.5, recipe="grey|".ljust(4001, "g"))
    for known in (noise.WIDE_RECIPE, recipes.of_members(list(noise.MEMBERS))):
        assert len(known) < recipes.LONGEST / 2


def test_a_member_runs_once():
    with pytest.raises(ConfigError, match="has stains twice; here each member runs once"):
        degraded(
            0.5, recipe="stains|lines|" + "|".join(["stains(0.5, count=20, size=2, p=1)"] * 50)
        )
    for known in (noise.DEFAULT_RECIPE, noise.WIDE_RECIPE, "|".join(noise.MEMBERS)):
        degraded(0.5, recipe=known)


def test_what_lies_on_a_signature_takes_bounded_memory(monkeypatch):
    recipe = "lines(p=1)|stains(0.5, count=20, size=2, p=1)|gaussian(p=1)"
    degraded(0.5, recipe=recipe)
    monkeypatch.setattr(recipes, "HELD", 2**20)
    with pytest.raises(ConfigError, match="With stains the recipe takes too much memory"):
        degraded(0.5, recipe=recipe)
    degraded(0.5, recipe="lines(p=1)|gaussian(p=1)")

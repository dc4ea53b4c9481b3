import concurrent.futures
import copy
import dataclasses
import pickle

import numpy as np
import pytest

from sigunet.errors import ConfigError
from sigunet.noise import (
    DEFAULT_RECIPE,
    MEMBERS,
    STAGES,
    WIDE_RECIPE,
    Recipe,
    Scene,
    degrade,
    documents_recipe,
    parse,
    render,
)
from sigunet.noise.recipes import NAMED


def test_empty_recipe_degrades_nothing(ink):
    assert parse("") == parse("  ") == Recipe(())
    image, truth = degrade(ink, "", np.random.default_rng(0))
    np.testing.assert_allclose(image[..., 0], 1 - ink, atol=1e-6)
    np.testing.assert_array_equal(truth, ink)


class Chosen(Recipe):
    """A recipe that is more than one."""


def test_a_sparser_recipe_spares_the_page_or_what_it_is_told():
    recipe = parse("sheet(p=0.8)|lines(2, 3, p=0.5)|seal(p=0.4)")
    assert [step.p for step in recipe.sparser(0.5).steps] == [0.8, 0.25, 0.2]
    assert [step.p for step in recipe.sparser(0.5, ("seal",)).steps] == [0.4, 0.25, 0.4]
    assert [step.values for step in recipe.sparser(0.5).steps] == [s.values for s in recipe.steps]
    # What else a recipe is, it stays.
    assert type(Chosen(recipe.steps).sparser(0.5)) is Chosen


def test_grammar():
    (step,) = parse("lines(2, 3, width=(1, 2.5), over=0, p=0.25)").steps
    values = dict(step.values)
    assert step.name == "lines" and step.p == 0.25
    assert values["count"] == (2, 3) and values["width"] == (1.0, 2.5) and values["over"] == 0.0
    assert values["angle"] == MEMBERS["lines"].parameters["angle"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gaussian", "gaussian()"),
        ("gaussian", "gaussian(0.01, 0.15)"),
        ("gaussian(0, 1)", "gaussian((0.0, 1.0))"),
        ("gaussian(0.1)", "gaussian(0.1, 0.1)"),
        ("gaussian(sigma=0.1)", "gaussian(sigma=(0.1, 0.1))"),
        ("lines(angle=-2)", "lines(angle=[-2.0, -2])"),
        ("gaussian|lines", "lines  |\n gaussian"),
        (" speckle|sheet|stamp|rotate|pen", "pen|rotate|sheet|speckle|stamp"),
    ],
)
def test_equal_recipes(one, other):
    assert parse(one) == parse(other)
    assert str(parse(one)) == str(parse(other))
    assert hash(parse(one)) == hash(parse(other))


@pytest.mark.parametrize(
    "text",
    [
        DEFAULT_RECIPE,
        "",
        "gaussian(0.1234567891)",
        "lines(count=(0, 3), grey=(0.5, 0.5), width=(1e-0, 2))|lines(over=1)",
        "|".join(MEMBERS),
    ],
)
def test_text_of_a_recipe_parses_to_it(text):
    recipe = parse(text)
    assert parse(str(recipe)) == recipe
    assert str(parse(str(recipe))) == str(recipe)


@pytest.mark.parametrize(
    "path", ["scans", "my  scans/2024", 'a"b', "it's", "C:\\scans\\new", "überall", "a|b(1)", ""]
)
def test_text_in_quotes_is_kept(path):
    recipe = parse(f"documents(0.5,\n 2, path={path!r})|gaussian")
    assert dict(recipe.steps[0].values)["path"] == path
    assert parse(str(recipe)) == recipe
    assert str(parse(str(recipe))) == str(recipe)


@pytest.mark.parametrize(("name", "text"), [("default", DEFAULT_RECIPE), ("wide", WIDE_RECIPE)])
def test_a_name_stands_for_a_whole_recipe(name, text):
    assert parse(name) == parse(text)
    more = "documents(path='scans', p=0.2)"
    recipe = parse(f"{name}|{more}")
    assert recipe == parse(f"{more}|{name}") == parse(f"{text}|{more}")
    assert parse(str(recipe)) == recipe and len(recipe.steps) == len(parse(text).steps) + 1


def test_no_member_has_the_name_of_a_recipe():
    assert not NAMED.keys() & MEMBERS.keys()


def test_different_recipes_differ():
    assert parse("gaussian(0.1)") != parse("gaussian(0.2)")
    assert parse("gaussian(p=0.1)") != parse("gaussian(p=0.2)")


def test_text_shows_what_differs_from_the_defaults():
    assert str(parse("lines(over=0.25)|gaussian(0.1)")) == (
        "lines(1, 4, over=0.25, p=0.45)|gaussian(0.1, p=0.45)"
    )


def test_runs_in_stage_order_whatever_the_order_written(ink, certain):
    forward, backward = parse(certain(*MEMBERS)), parse(certain(*reversed(MEMBERS)))
    stages = [STAGES.index(MEMBERS[step.name].stage) for step in backward.steps]
    assert stages == sorted(stages)
    one = degrade(ink, forward, np.random.default_rng(3))
    other = degrade(ink, backward, np.random.default_rng(3))
    np.testing.assert_array_equal(one[0], other[0])


def test_a_member_written_twice_runs_twice(ink):
    assert [step.p for step in parse("lines(p=1)|gaussian|lines(p=0)").steps[:2]] == [1, 0]


@pytest.mark.parametrize("seed", range(4))
def test_equal_generators_give_equal_pairs(ink, seed):
    one = degrade(ink, DEFAULT_RECIPE, np.random.default_rng(seed))
    _between = degrade(ink[:90], DEFAULT_RECIPE, np.random.default_rng(99))
    copied = pickle.loads(pickle.dumps(parse(DEFAULT_RECIPE)))
    other = degrade(ink, copied, np.random.default_rng(seed))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    third = degrade(ink, DEFAULT_RECIPE, np.random.default_rng(seed + 100))
    assert not np.array_equal(one[0], third[0])


def test_threads_do_not_disturb_each_other(ink):
    def pair(seed):
        return degrade(ink, DEFAULT_RECIPE, np.random.default_rng(seed))[0]

    alone = [pair(seed) for seed in range(40)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = list(pool.map(pair, range(40)))
    np.testing.assert_array_equal(together, alone)


def test_trace_says_what_apply_does(ink, monkeypatch):
    ran = []
    for name, member in list(MEMBERS.items()):

        def spy(rng, scene, *, _name=name, _function=member.function, **values):
            ran.append((_name, scene.severity))
            return _function(rng, scene, **values)

        monkeypatch.setitem(MEMBERS, name, dataclasses.replace(member, function=spy))
    recipe = parse(DEFAULT_RECIPE)
    for seed in range(5):
        ran.clear()
        severity, steps = recipe.trace(np.random.default_rng(seed))
        recipe.apply(np.random.default_rng(seed), Scene.from_ink(ink))
        assert ran == [(step.name, severity) for step in steps]


def test_probabilities_are_kept():
    recipe = parse("gaussian(p=0)|lines(p=1)|text(p=0.3)")
    rng = np.random.default_rng(0)
    names = [step.name for _ in range(2000) for step in recipe.trace(rng)[1]]
    assert names.count("gaussian") == 0 and names.count("lines") == 2000
    assert 0.26 < names.count("text") / 2000 < 0.34


def test_default_recipe_is_the_described_family():
    p = {step.name: step.p for step in parse(DEFAULT_RECIPE).steps}
    assert min(p["gaussian"], p["salt_pepper"], p["speckle"]) >= 0.4
    assert p["brightness_contrast"] >= 0.7
    overlays = ("lines", "text", "stamp", "scribbles")
    assert 1 - np.prod([1 - p[name] for name in overlays]) >= 0.7
    rng = np.random.default_rng(1)
    recipe = parse(DEFAULT_RECIPE)
    runs = [{step.name for step in recipe.trace(rng)[1]} for _ in range(2000)]
    assert np.mean([bool(run & set(overlays)) for run in runs]) >= 0.7


def test_a_composed_scene_can_be_degraded_further(ink):
    scene = parse("lines(p=1)|gaussian(p=1)").apply(np.random.default_rng(0), Scene.from_ink(ink))
    first, _ = render(scene, 1)
    second, truth = render(parse("text(p=1)").apply(np.random.default_rng(1), scene), 1)
    assert np.abs(second - first).mean() > 1e-4
    np.testing.assert_array_equal(truth, ink)


def _global_state():
    from numpy.random.mtrand import _rand

    return _rand.get_state()[1].copy()


def test_applying_leaves_the_scene_alone(ink, certain):
    scene = Scene.from_ink(ink)
    before = copy.deepcopy(scene)
    state = _global_state()
    recipe = parse(certain(*MEMBERS))
    for start in (scene, Scene.from_picture((1 - ink)[..., None], ink), scene.compose()):
        recipe.apply(np.random.default_rng(0), start)
    for name in ("ink", "paper", "ink_colour", "density", "image"):
        np.testing.assert_array_equal(getattr(scene, name), getattr(before, name))
    np.testing.assert_array_equal(_global_state(), state)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gausian", "no noise member 'gausian'; did you mean 'gaussian'"),
        ("xyz(1)", "no noise member 'xyz'; there are sheet,"),
        ("wid|lines", "no noise member 'wid'; did you mean 'wide'"),
        ("lines|wide(p=0.5)", "recipe 'wide' stands for its members and takes no brackets"),
        ("gaussian(sgima=0.1)", "no parameter 'sgima'; did you mean 'sigma'"),
        ("gaussian(q=1)", "no parameter 'q'"),
        ("gaussian(0.1, 0.2, 0.3)", "main range"),
        ("gaussian(0.1, sigma=0.2)", "given 'sigma' twice"),
        ("gaussian(0.2, 0.1)", "wrong way round: 0.2 is above 0.1"),
        ("gaussian(-0.1, 0.1)", r"gaussian\(sigma=...\) is -0.1; it must lie between 0 and 1"),
        ("gaussian(0.1, 7)", "is 7; it must lie between"),
        ("gaussian(1e999)", "is inf"),
        ("gaussian(" + "9" * 400 + ")", "must lie between"),
        ("gaussian('a')", "needs a number, not 'a'"),
        ("gaussian(True)", "needs a number"),
        ("documents(path=3)", r"documents\(path=...\) needs text in quotes, not 3"),
        ("documents(path=(1, 2))", "needs text in quotes"),
        ("documents(path=b'x')", "needs text in quotes"),
        ("documents(path=f'{1}')", "takes numbers and"),
        ("documents(path=scans)", "quoted text, not 'scans'"),
        ("documents(scale='2')", "needs a number, not '2'"),
        ("documents(path='scans)", "cannot be read"),
        ("gaussian(1j)", "needs a number"),
        ("gaussian((0.1, 0.2, 0.3))", "takes a pair"),
        ("gaussian({})", "needs a number"),
        ("gaussian(p=1.5)", r"gaussian\(p=...\) is 1.5; it must lie between 0 and 1"),
        ("gaussian(p=(0, 1))", "needs a number"),
        ("gaussian(__import__('os').getcwd())", "takes numbers and"),
        ("gaussian(rng)", "takes numbers and"),
        ("gaussian(*(0, 1))", "takes numbers and"),
        ("gaussian(**{'p': 1})", "no parameter"),
        ("lines(count=(1, 2.5))", "needs a whole number, not 2.5"),
        ("lines(over=(0, 1))", "needs a number"),
        ("gaussian(0.1", "cannot be read"),
        ("gaussian; lines", "cannot be read"),
        ("gaussian\0", "cannot be read"),
        ("gaussian|", "cannot be read"),
        ("gaussian + lines", r"'gaussian \+ lines' where a member"),
        ("0.5", "'0.5' where a member"),
        ("os.system('x')", "where a member"),
        ("(lambda: 1)()", "where a member"),
    ],
)
def test_mistakes_are_one_clear_sentence(text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_documents_are_degraded_in_fewer_ways_and_sealed_as_often():
    wide = {step.name: step.p for step in parse("wide").steps}
    sparse = {step.name: step.p for step in documents_recipe().steps}
    assert sparse.keys() == wide.keys()
    same = {name for name in wide if sparse[name] == wide[name]}
    assert same == {"sheet", "ballpoint", "lens", "seal", "scribbles"}
    assert all(sparse[name] == pytest.approx(0.45 * wide[name]) for name in wide.keys() - same)

"""The page's logic, run by Streamlit without a browser."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import sigunet
from sigunet.cleaning import Cleaner

pytest.importorskip("streamlit", reason="needs the extra app")

from streamlit.testing.v1 import AppTest

from sigunet.app import clean_tab, network, pens, words

SCRIPT = "from sigunet.app.page import show; show()"


@pytest.fixture
def page():
    return AppTest.from_string(SCRIPT, default_timeout=300).run()


@pytest.fixture
def runs(monkeypatch):
    """The options of each time that the network is asked by the tab that cleans."""
    cleaner = network.load("base", "auto")
    clean, asked = cleaner.clean, []

    def counted(source, options=None, *, page=0):
        if not isinstance(source, np.ndarray):
            asked.append(options)
        return clean(source, options, page=page)

    monkeypatch.setattr(cleaner, "clean", counted)
    return asked


def upload(page, data, name="scan.png", media_type="image/png"):
    return page.file_uploader(key="upload").set_value((name, data, media_type)).run()


def alerts(page):
    return [each.value for each in page.error]


def verdict(page):
    """What the region for the verdict is to hold."""
    (shown,) = (each.proto for each in page.get("bidi_component") if "verdict" in each.proto.id)
    told = json.loads(shown.json)
    return told["kind"], told["headline"], told["more"]


def file_line(page):
    """What the page says of the file that can be downloaded."""
    said = [each.value for each in page.markdown] + [each.proto.body for each in page.get("html")]
    return next(each for each in said if "The file" in each)


def test_it_starts_without_a_picture(page):
    assert not page.exception and not page.error
    assert page.title[0].value == "sigunet"
    assert [tab.label for tab in page.tabs] == ["Clean", "Noise"]
    assert "example" in page.info[0].value
    assert not page.get("download_button")[1:]


def test_the_network_runs_once_for_a_picture(page, runs):
    upload(page, pens.example(1))
    page.radio(key="format").set_value("rgba").run()
    page.radio(key="ink_rgba").set_value("One I pick").run()
    page.color_picker(key="colour").set_value("#aa0000").run()
    page.checkbox(key="crop").check().run()
    page.number_input(key="pad").set_value(3).run()
    page.slider(key="threshold").set_value(0.7).run()
    page.slider(key="threshold").set_value(0.2).run()
    assert len(runs) == 1
    assert not page.exception and not page.error
    upload(page, pens.example(2))
    assert len(runs) == 2


@pytest.mark.parametrize("format", ["mask", "svg"])
def test_a_threshold_gives_what_python_gives(page, monkeypatch, format):
    offered = []
    offer = clean_tab._offer
    monkeypatch.setattr(
        clean_tab, "_offer", lambda *given: offered.append(given[-1]) or offer(*given)
    )
    upload(page, pens.example(3))
    page.radio(key="format").set_value(format).run()
    assert offered[-1] == sigunet.clean(pens.example(3), format)
    for threshold in (0.2, 0.8):
        page.slider(key="threshold").set_value(threshold).run()
        assert offered[-1] == sigunet.clean(pens.example(3), format, threshold=threshold)
    assert len(set(offered[-3:])) == 3


def test_the_verdict_is_said_in_words(page):
    assert verdict(page) == ("none", "", "")
    upload(page, pens.example(0))
    result = Cleaner.from_pretrained().clean(pens.example(0))
    assert verdict(page) == (result.verdict, *words.verdict(result))

    empty = io.BytesIO()
    Image.new("L", (200, 100), 250).save(empty, "PNG")
    upload(page, empty.getvalue())
    assert verdict(page)[:2] == ("empty", "No signature was found.")
    assert not page.exception


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"This is no picture.", "is text, not a picture"),
        (pens.example(0)[:5000], "cannot be read"),
    ],
)
def test_a_bad_file_gets_a_sentence(page, data, problem):
    upload(page, data, "bad_scan.png")
    assert not page.exception
    (said,) = alerts(page)
    assert "bad\\_scan\\.png" in said and problem in said.replace("\\", "")
    upload(page, pens.example(0))
    assert not alerts(page)


def test_an_option_that_cannot_be_used_gets_a_sentence(page):
    upload(page, pens.example(1))
    page.text_input(key="size").set_value("large").run()
    (said,) = alerts(page)
    assert "write WIDTHxHEIGHT" in said.replace("\\", "")
    assert len(page.get("download_button")) == 1, "the noisy picture's only"
    page.text_input(key="size").set_value("200x100").run()
    assert not alerts(page) and "200 by 100 pixels" in file_line(page)


def test_what_nobody_thought_of_is_no_traceback(page, monkeypatch, caplog):
    cleaner = network.load("base", "auto")

    def broken(source, options=None, *, page=0):
        raise ValueError("a secret path")

    monkeypatch.setattr(cleaner, "clean", broken)
    upload(page, pens.example(1))
    assert not page.exception
    (said,) = alerts(page)
    assert said.startswith("Something went wrong") and "secret" not in said
    assert "a secret path" in caplog.text, "the terminal says what"


def test_examples_come_round_and_an_upload_replaces_them(page, runs):
    button = page.button(key="use_example")
    assert button.label == "Use an example"
    for _ in range(len(pens.EXAMPLES) + 1):
        button.click().run()
    assert page.button(key="use_example").label == "Use another example"
    assert len(runs) == len(pens.EXAMPLES) + 1 and not page.error
    upload(page, pens.example(1))
    assert page.button(key="use_example").label == "Use an example"


def test_a_pdf_offers_its_pages(page):
    pytest.importorskip("pypdfium2", reason="needs the extra pdf")
    pages = [Image.open(io.BytesIO(pens.example(number))).convert("RGB") for number in (0, 1)]
    # A page is measured in points: 25 px at 300 dpi are six of them.
    pages = [each.crop((0, 0, *(side // 25 * 25 for side in each.size))) for each in pages]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=300)
    upload(page, file.getvalue(), "contract.pdf", "application/pdf")
    number = next(each for each in page.number_input if each.label == "Page, of 2")
    number.set_value(2).run()
    assert not page.error and not page.exception
    assert any("Page 2 of the 2" in each.value for each in page.info)
    assert f"{pages[1].width} by " in file_line(page)


def test_the_recipe_follows_the_choice_and_can_be_edited(page):
    from sigunet import noise

    assert page.text_area(key="recipe").value.startswith("lines(")
    page.radio(key="noise").set_value("The wide family").run()
    assert page.text_area(key="recipe").value == noise.WIDE_RECIPE
    page.radio(key="noise").set_value("Members I choose").run()
    page.multiselect(key="members").set_value(["rotate"]).run()
    assert page.text_area(key="recipe").value.startswith("rotate(")

    page.text_area(key="recipe").set_value("rotate(5, 2)").run()
    (said,) = alerts(page)
    assert "the wrong way round" in said and not page.exception
    page.text_area(key="recipe").set_value("documents(path='/', p=1)").run()
    (said,) = alerts(page)
    assert "names a place on the disk" in said and not page.exception
    page.text_area(key="recipe").set_value("").run()
    assert not page.error
    assert float(page.metric[0].value) > 0.9


def test_noise_of_ones_own_picture(page):
    page.radio(key="signature").set_value("My own picture").run()
    assert any("plain paper" in each.value for each in page.info)
    picture = Image.fromarray(np.uint8(255 * (1 - pens.drawn(3))))
    file = io.BytesIO()
    picture.save(file, "PNG")
    page.file_uploader(key="own").set_value(("own.png", file.getvalue(), "image/png")).run()
    page.text_area(key="recipe").set_value("gaussian(0.02, p=1)").run()
    assert not page.error and not page.exception
    assert float(page.metric[0].value) > 0.8
    page.file_uploader(key="own").set_value(("own.png", b"nothing", "image/png")).run()
    assert "own\\.png" in alerts(page)[0]
    file = io.BytesIO()
    Image.new("L", (2401, 10), 255).save(file, "PNG")
    page.file_uploader(key="own").set_value(("strip.png", file.getvalue(), "image/png")).run()
    assert "a side may have 2,400 pixels here" in alerts(page)[0].replace("\\", "")

"""The page as people use it: in Chromium, with mouse, keyboard and phone."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import sigunet
from sigunet.errors import SigunetError

pytest.importorskip("streamlit", reason="needs the extra app")

from sigunet.app import pens, words
from sigunet.cleaning import Cleaner

expect = pytest.importorskip("playwright.sync_api", reason="needs playwright").expect
SLIDER = "How much of the picture is shown as it was before"


@pytest.fixture(scope="module")
def picture():
    return pens.example(1)


def upload(page, data, name="scan.png", media_type="image/png"):
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": media_type, "buffer": data}
    )


def check_download(page, name, expected, press):
    """Downloads a file by what `press` does, and checks its name and its bytes."""
    page.get_by_text(f"pixels, {words.size(len(expected))}").wait_for()
    page.settle()
    with page.expect_download() as waiting:
        press()
    assert waiting.value.suggested_filename == name
    assert Path(waiting.value.path()).read_bytes() == expected


def verdict_region(page):
    """The live region in which a screen reader is told the verdict."""
    return page.get_by_role("status").and_(page.locator(".sigunet-verdict"))


def widest(page):
    """How far the page's content reaches to the right, and how wide the window is, px."""
    return page.evaluate(
        """() => [Math.max(document.documentElement.scrollWidth,
            ...[...document.querySelectorAll("[data-testid=stMain] *")]
              .filter((element) => element.checkVisibility())
              .map((element) => element.getBoundingClientRect())
              .filter((box) => box.width && box.height)
              .map((box) => box.right)), window.innerWidth]"""
    )


def test_what_is_downloaded_is_what_python_gives(visit, picture):
    page = visit()
    upload(page, picture)
    page.get_by_role("slider", name=SLIDER).wait_for()
    verdict = " ".join(words.verdict(Cleaner.from_pretrained().clean(picture)))
    expect(verdict_region(page)).to_have_text(verdict)
    png = page.get_by_role("button", name="Download PNG")
    check_download(page, "scan.clean.png", sigunet.clean(picture), png.click)

    page.get_by_text("SVG outlines").click()
    svg = page.get_by_role("button", name="Download SVG")
    check_download(page, "scan.clean.svg", sigunet.clean(picture, "svg"), svg.click)

    page.get_by_text("Transparent PNG").click()
    page.get_by_text("Crop to the ink").click()
    page.get_by_text("Size and resolution").click()
    page.get_by_label("Fit into, px").fill("300x100")
    page.get_by_label("Fit into, px").press("Enter")
    page.get_by_label("Resolution, dots per inch").fill("150")
    page.get_by_label("Resolution, dots per inch").press("Enter")
    expected = sigunet.clean(picture, "rgba", crop=True, size=(300, 100), dpi=150)
    check_download(page, "scan.clean.png", expected, png.click)


def test_the_verdict_is_told_to_those_who_cannot_see(visit, picture):
    page = visit()
    region = verdict_region(page)
    # It is there before there is anything to tell: only what changes in it is told.
    expect(region).to_have_text("")
    region.evaluate(
        """region => {
          window.region = region;
          window.told = [];
          new MutationObserver(() => window.told.push(region.textContent))
            .observe(region, {childList: true, subtree: true, characterData: true});
        }"""
    )
    verdict = " ".join(words.verdict(Cleaner.from_pretrained().clean(picture)))
    told = "() => window.region.isConnected && window.told.filter((text) => text)"

    upload(page, picture)
    expect(region).to_have_text(verdict)
    page.get_by_role("slider", name=SLIDER).wait_for()
    page.settle()
    assert page.evaluate(told) == [verdict]
    # What does not change it is no reason to tell it again; the same of another picture is.
    page.get_by_text("Crop to the ink").click()
    page.settle()
    assert page.evaluate(told) == [verdict]
    upload(page, picture, "another.png")
    page.wait_for_function("() => window.told.length > 2")
    page.settle()
    assert page.evaluate(told) == [verdict, verdict]

    blank = cv2.imencode(".png", np.full((200, 300), 250, np.uint8))[1].tobytes()
    upload(page, blank, "blank.png")
    expect(region).to_contain_text("No signature was found.")
    assert page.evaluate("() => window.region.isConnected")


def test_a_bad_file_gets_the_sentence_of_the_library(visit):
    page = visit()
    # The name would be a link, had it been shown as Markdown.
    name = "[scan](example).png"
    upload(page, b"This is no picture.", name)
    with pytest.raises(SigunetError) as caught:
        sigunet.clean(b"This is no picture.")
    sentence = str(caught.value).replace("the picture", name, 1)
    page.get_by_role("alert").get_by_text(sentence, exact=True).wait_for()
    # Nothing is left of the verdict on another picture.
    expect(verdict_region(page)).to_have_text("")
    assert page.get_by_test_id("stMain").get_by_role("link").count() == 0
    assert "Traceback" not in page.inner_text("body")
    # The same visitor goes on with a good one.
    page.get_by_role("button", name="Use an example").click()
    page.get_by_role("slider", name=SLIDER).wait_for()


def test_the_keyboard_is_enough(visit, picture):
    page = visit()
    # Playwright catches choosers from the first listener on, not from `expect_file_chooser`.
    page.on("filechooser", lambda chooser: None)
    seen = []

    def tab_to(name):
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                """() => {
                  let element = document.activeElement;
                  while (element.shadowRoot) element = element.shadowRoot.activeElement;
                  const label = element.labels && element.labels[0];
                  return element.ariaLabel || (label && label.innerText) || element.innerText || "";
                }"""
            )
            seen.append(focused)
            if re.search(name, focused):
                return
        pytest.fail(f"Tab never came to {name}: {seen}")

    tab_to("^(upload\\s+)?(Upload|Browse)")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "scan.png", "mimeType": "image/png", "buffer": picture})
    slider = page.get_by_role("slider", name=SLIDER)
    slider.wait_for()
    page.settle()

    tab_to(SLIDER)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() == "55"
    assert slider.get_attribute("aria-valuetext") == "55 % before, the rest after"
    ring = "element => getComputedStyle(element.closest('.frame')).outlineStyle"
    assert slider.evaluate(ring) == "solid"

    tab_to("Mask")
    page.keyboard.press("ArrowDown")
    page.settle()
    tab_to("Download PNG")
    check_download(
        page,
        "scan.clean.png",
        sigunet.clean(picture, "gray"),
        lambda: page.keyboard.press("Enter"),
    )


def test_nothing_is_cut_off_on_a_phone(visit, picture):
    page = visit(360, 740)
    upload(page, picture, name=f"{'a_long_name' * 8}.png")
    page.get_by_role("slider", name=SLIDER).wait_for()
    page.get_by_text("Side by side").click()
    page.get_by_text("Size and resolution").click()
    page.settle()
    content, window = widest(page)
    assert content <= window
    before, after = (page.locator(f".{side} img").bounding_box() for side in ("before", "after"))
    assert after["y"] >= before["y"] + before["height"]

    page.get_by_role("tab", name="Noise").click()
    page.get_by_text("F-measure of the cleaned signature").wait_for()
    page.settle()
    content, window = widest(page)
    assert content <= window


def test_pictures_and_fields_have_names(visit):
    page = visit()
    page.get_by_role("button", name="Use an example").click()
    page.get_by_role("slider", name=SLIDER).wait_for()
    page.get_by_role("tab", name="Noise").click()
    page.get_by_text("F-measure of the cleaned signature").wait_for()
    page.settle()
    alts = page.eval_on_selector_all("img", "all => all.map((picture) => picture.alt)")
    assert len(alts) == 5 and all(alts)
    for role in ("button", "textbox", "slider", "radio", "checkbox", "spinbutton", "combobox"):
        found = page.get_by_role(role)
        named = page.get_by_role(role, name=re.compile(r"\S"))
        assert found.count() == named.count(), role


def test_noise_follows_its_fields(visit):
    page = visit()
    page.get_by_role("tab", name="Noise").click()
    noisy = page.locator("img[alt='The signature with the noise']")
    noisy.wait_for()
    page.settle()
    before = noisy.get_attribute("src")
    page.get_by_role("textbox", name="Recipe").fill("gaussian(0.3, p=1)")
    page.get_by_role("textbox", name="Recipe").press("Control+Enter")
    page.wait_for_function(
        "before => document.querySelector(\"img[alt='The signature with the noise']\").src != before",
        arg=before,
    )
    page.get_by_role("textbox", name="Recipe").fill("gausian(0.3)")
    page.get_by_role("textbox", name="Recipe").press("Control+Enter")
    page.get_by_text("There is no noise member 'gausian'; did you mean 'gaussian'?").wait_for()


@pytest.mark.parametrize("number", range(4))
def test_chromium_draws_the_svg_as_the_mask(chromium, tmp_path, number):
    data = pens.example(number)
    (tmp_path / "ink.svg").write_bytes(sigunet.clean(data, "svg"))
    mask = cv2.imdecode(np.frombuffer(sigunet.clean(data), np.uint8), cv2.IMREAD_GRAYSCALE) < 128
    height, width = mask.shape
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.goto((tmp_path / "ink.svg").as_uri())
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    page.close()
    drawn = shot < 128
    assert mask.sum() > 500
    assert np.count_nonzero(drawn & mask) >= 0.98 * np.count_nonzero(drawn | mask)

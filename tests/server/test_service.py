"""The service as a real process, called over HTTP."""

import base64
import io
import json
import re

import made_files
import numpy as np
import pytest
from made_server import SIZE, call, clean, form, signature
from PIL import Image

from sigunet import Cleaner, Options, __version__


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_raw_bytes_give_what_python_gives(service, picture):
    answer = clean(service, picture, Content_Type="image/png")
    assert answer.status == 200 and answer.headers["content-type"] == "image/png"
    result = Cleaner.from_pretrained().clean(picture)
    assert answer.body == result.encode()
    assert answer.headers["x-sigunet-verdict"] == result.verdict
    assert float(answer.headers["x-sigunet-certainty"]) == pytest.approx(result.certainty, abs=1e-3)
    assert answer.headers["x-sigunet-version"] == __version__
    assert answer.headers["x-sigunet-notes"] == ""
    assert answer.headers["cache-control"] == "no-store"


def test_a_form_with_options_is_a_body_with_a_query(service, picture):
    body, kind = form(picture, [("format", "rgba"), ("crop", "true"), ("pad", "3")])
    answer = clean(service, body, "ink=%231a237e", Content_Type=kind)
    options = Options(format="rgba", crop=True, pad=3, ink="#1a237e")
    assert answer.body == Cleaner.from_pretrained().clean(picture, options).encode()
    raw = clean(service, picture, "format=rgba&crop=1&pad=3&ink=%231A237E")
    assert np.array_equal(pixels(raw.body), pixels(answer.body))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "nonsense"])
def test_any_other_content_type_is_raw_bytes(service, picture, kind):
    assert clean(service, picture, Content_Type=kind).status == 200


def test_options(service, picture):
    gray = clean(service, picture, "format=gray&size=100x80&dpi=72")
    read = Image.open(io.BytesIO(gray.body))
    assert read.size == (100, 80) and read.mode == "L"
    assert read.info["dpi"] == pytest.approx((72, 72), abs=0.1)
    svg = clean(service, picture, "format=svg")
    assert svg.headers["content-type"].startswith("image/svg+xml") and b"<svg" in svg.body[:200]
    small = clean(service, picture, "format=gray&max_bytes=1500")
    assert len(small.body) <= 1500 < len(clean(service, picture, "format=gray").body)
    assert clean(service, picture, "format=gray&max-bytes=1500").body == small.body
    low, high = (clean(service, picture, f"threshold={value}") for value in (0.02, 0.98))
    assert (pixels(low.body) == 0).sum() > (pixels(high.body) == 0).sum()


@pytest.mark.parametrize(("looks", "taken"), [("one", 1), ("two", 2)])
def test_looks(service, picture, looks, taken):
    answer = clean(service, picture, f"looks={looks}&format=gray&json=true")
    content = json.loads(answer.body)
    assert content["looks"] == taken
    expected = Cleaner.from_pretrained(looks=looks).clean(picture, Options(format="gray"))
    assert base64.b64decode(content["picture"]) == expected.encode()
    body, kind = form(picture, [("looks", looks), ("format", "gray")])
    assert clean(service, body, Content_Type=kind).body == expected.encode()


@pytest.mark.parametrize("how", ["query", "header"])
def test_json(service, picture, how):
    if how == "query":
        answer = clean(service, picture, "json=true")
    else:
        answer = clean(service, picture, Accept="application/json, */*")
    assert answer.headers["content-type"] == "application/json"
    content = json.loads(answer.body)
    assert base64.b64decode(content["picture"]) == clean(service, picture).body
    assert content["media_type"] == "image/png" and content["version"] == __version__
    assert (content["width"], content["height"]) == SIZE
    expected = Cleaner.from_pretrained().clean(picture).to_dict()
    assert {name: content[name] for name in expected} == expected


def test_an_animation_and_its_note(service):
    frames = [Image.open(io.BytesIO(signature(noise=0))).convert("P") for _ in range(2)]
    frames[1].putpixel((0, 0), 7)
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    answer = clean(service, file.getvalue())
    assert answer.status == 200 and "first frame" in answer.headers["x-sigunet-notes"]


def test_a_page_of_a_pdf(service):
    sheets = [Image.open(io.BytesIO(signature())).rotate(angle, expand=True) for angle in (0, 90)]
    file = io.BytesIO()
    sheets[0].save(file, "PDF", save_all=True, append_images=sheets[1:], resolution=300)
    first, second = (clean(service, file.getvalue(), f"page={page}") for page in (1, 2))
    wide, tall = pixels(first.body).shape, pixels(second.body).shape
    assert wide[0] < wide[1] and tall[0] > tall[1]
    assert "Page 2 of the 2" in second.headers["x-sigunet-notes"]
    missing = clean(service, file.getvalue(), "page=3")
    assert missing.status == 422 and "no page 3" in missing.error


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("colour=red", "colour"),
        ("format=jpeg", "jpeg"),
        ("threshold=2", "threshold"),
        ("threshold=nan", "threshold"),
        ("threshold=half", "threshold"),
        ("ink=red&format=svg", "red"),
        ("ink=%23abc", "rgba and svg"),
        ("crop=perhaps", "crop"),
        ("pad=1_0", "pad"),
        ("pad=%D9%A3", "pad"),
        ("pad=5000", "pixels"),
        ("size=huge", "size"),
        ("size=2000x2000", "pixels"),
        ("max_bytes=1", "max_bytes"),
        ("max-bytes=1", "max_bytes"),
        ("max_bytes=5000&max-bytes=5000", "twice"),
        ("max--bytes=5000", "max--bytes"),
        ("looks=three", "one of auto, one, two"),
        ("looks=one&looks=two", "twice"),
        ("dpi=0", "dpi"),
        ("page=0", "page"),
        ("page=2", "page"),
        ("json=2", "json"),
        ("pad=1&pad=2", "twice"),
        ("dpi=" + "9" * 500, "dpi"),
    ],
)
def test_422_for_an_option(service, picture, query, word):
    answer = clean(service, picture, query)
    assert answer.status == 422 and word in answer.error


def test_422_for_forms(service, picture):
    body, kind = form(picture, [("sharpen", "1")])
    answer = clean(service, body, Content_Type=kind)
    assert answer.status == 422 and "sharpen" in answer.error
    body, kind = form(picture, name="photo")
    answer = clean(service, body, Content_Type=kind)
    assert answer.status == 422 and "field file" in answer.error
    body, kind = form(picture, [("pad", "1")])
    assert "twice" in clean(service, body, "pad=1", Content_Type=kind).error


def test_400_for_what_cannot_be_read(service, picture):
    jpeg = signature(kind="JPEG")
    bodies = [b"", jpeg[: len(jpeg) // 2], picture[:60], picture[:5]]
    for body in bodies:
        answer = clean(service, body)
        assert answer.status == 400 and "cannot be read" in answer.error
    body, kind = form(None, [("pad", "1")])
    assert "no picture" in clean(service, body, Content_Type=kind).error
    body, kind = form(picture)
    assert clean(service, body[:-300], Content_Type=kind).status == 400
    after_the_picture = body.removesuffix(b"--limit--\r\n")
    answer = clean(service, after_the_picture, Content_Type=kind)
    assert answer.status == 400 and "cut off" in answer.error
    broken = body.replace(b"Content-Disposition: ", b"Content-Disposition\x00")
    assert clean(service, broken, Content_Type=kind).status == 400
    assert clean(service, body, Content_Type="multipart/form-data").status == 400
    many, kind = form(picture, [("pad", "1")] * 100)
    assert clean(service, many, Content_Type=kind).status == 400


def test_413_for_bytes(service):
    body = bytes(300_000)
    answer = clean(service, body)
    assert answer.status == 413 and "200,000 bytes" in answer.error
    body, kind = form(body)
    assert clean(service, body, Content_Type=kind).status == 413
    # The form's envelope has room of its own; the picture has not.
    body, kind = form(bytes(200_001))
    assert clean(service, body, Content_Type=kind).status == 413


def test_413_for_a_chunked_upload_that_goes_on(service):
    sent = []

    def pieces():
        for _ in range(2000):
            sent.append(1)
            yield bytes(10_000)

    answer = call(service, "POST", "/v1/clean", pieces(), {"Transfer-Encoding": "chunked"}, True)
    assert answer.status == 413 and "200,000 bytes" in answer.error
    assert clean(service, signature()).status == 200


def test_413_for_twenty_megabytes(service):
    answer = clean(service, bytes(20_000_000))
    assert answer.status == 413 and answer.error


@pytest.mark.parametrize("size", [(24_000, 24_000), (60_000, 60_000), (30_001, 10), (1001, 1000)])
def test_413_for_pixels(service, size):
    answer = clean(service, made_files.png(*size))
    assert answer.status == 413 and "too large" in answer.error


def test_415(service, picture):
    for body in (b"This is no picture.", b"%!PS-Adobe", b"PK\x03\x04" + bytes(100)):
        assert "read" in clean(service, body).error
        assert clean(service, body, Content_Type="image/png").status == 415
    assert clean(service, picture, Content_Encoding="gzip").status == 415
    assert clean(service, picture, Content_Type="multipart/mixed; boundary=x").status == 415


def test_404_and_405(service):
    for path in ("/", "/v1/clean/", "/favicon.ico", "/../etc/passwd"):
        answer = call(service, "GET", path)
        assert answer.status == 404 and answer.error
    answer = call(service, "GET", "/v1/clean")
    assert answer.status == 405 and answer.error and answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/docs", "/openapi.json"])
def test_what_can_be_got_tells_its_head(service, path):
    whole, head = (call(service, method, path) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert "content-length" in head.headers and whole.body
    other = call(service, "POST", path)
    assert other.status == 405 and set(other.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert call(service, "HEAD", "/v1/clean").status == 405


def test_health(service):
    answer = call(service, "GET", "/healthz")
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "ok", "version": __version__}


def test_metrics(service, picture):
    def value(name):
        text = call(service, "GET", "/metrics").body.decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    ok = 'sigunet_requests_total{path="/v1/clean",status="200"}'
    bad = 'sigunet_requests_total{path="/v1/clean",status="422"}'
    other = 'sigunet_requests_total{path="other",status="404"}'
    names = (ok, bad, other, "sigunet_pixels_total", "sigunet_request_seconds_count")
    before = [value(name) for name in names]
    clean(service, picture)
    clean(service, picture, "format=nonsense")
    call(service, "GET", "/somewhere-else")
    assert [value(name) - was for name, was in zip(names, before, strict=True)] == [
        1,
        1,
        1,
        SIZE[0] * SIZE[1],
        2,
    ]
    assert value("sigunet_in_flight") == 0
    assert value('sigunet_queue_length{lane="small"}') == 0
    assert "somewhere" not in call(service, "GET", "/metrics").body.decode()


def test_openapi_says_what_is_answered(service, picture):
    schema = json.loads(call(service, "GET", "/openapi.json").body)
    described = schema["paths"]["/v1/clean"]["post"]["responses"]["200"]["content"]
    result = described["application/json"]["schema"]
    content = json.loads(clean(service, picture, "json=true").body)
    assert set(content) == set(result["properties"]) > set(result["required"])
    operation = schema["paths"]["/v1/clean"]["post"]
    assert set(operation["responses"]) == {
        *("200", "400", "408", "413", "415", "422", "500", "503", "504"),
    }
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {
        *("format", "threshold", "ink", "crop", "pad", "size", "max_bytes", "dpi"),
        *("looks", "page", "json"),
    }
    assert set(operation["responses"]["200"]["content"]) == {
        *("image/png", "image/svg+xml", "application/json"),
    }
    assert {path: list(methods) for path, methods in schema["paths"].items()} == {
        "/v1/clean": ["post"],
        "/healthz": ["get"],
        "/metrics": ["get"],
    }
    content = operation["requestBody"]["content"]
    assert names < set(content["multipart/form-data"]["schema"]["properties"])


def test_the_documentation_needs_nothing_from_elsewhere(service):
    answer = call(service, "GET", "/docs")
    page = answer.body.decode()
    assert answer.status == 200 and "/v1/clean" in page and "max_bytes" in page
    assert "<script" not in page and "<link" not in page
    assert set(re.findall(r"""(?:src|href)=["']([^"']*)""", page)) == {"openapi.json"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_nothing_of_a_request_is_logged(service, picture):
    body, kind = form(picture, [("pad", "7")], filename="secret-name.png")
    clean(service, body, "format=secret-option", Content_Type=kind)
    clean(service, b"secret-content", "dpi=300")
    call(service, "GET", "/secret-path?secret-query")
    clean(service, body.replace(b"form-data;", b"secret\x01;"), Content_Type=kind)
    log = service.log()
    assert "POST /v1/clean 422" in log and "GET other 404" in log
    assert "secret" not in log and "Traceback" not in log and "dpi" not in log

import pytest
from made_server import form

from sigunet.server.errors import Refused, sentence
from sigunet.server.form import Form
from sigunet.server.upload import Budget


def test_a_budget_gives_back_what_was_held():
    budget = Budget(100)
    with budget.hold() as first, budget.hold() as second:
        first.add(60)
        with pytest.raises(Refused) as refused:
            second.add(41)
        assert refused.value.status == 503 and refused.value.headers == {"Retry-After": "1"}
        second.add(40)
    with budget.hold() as again:
        again.add(100)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_form_in_pieces(step):
    body, kind = form(b"\r\n--limi\r\n" * 50, [("pad", "3"), ("ink", "ü")])
    received = Form(kind)
    for at in range(0, len(body), step):
        received.write(body[at : at + step])
    assert received.picture() == b"\r\n--limi\r\n" * 50
    assert received.fields == [("pad", "3"), ("ink", "ü")]


def test_a_form_that_is_cut_off_is_refused_wherever_that_is():
    body, kind = form(b"abc" * 10)
    body = body.removesuffix(b"--limit--\r\n") + form(None, [("pad", "3")])[0]
    end = len(body) - len(b"\r\n")
    for size in range(end):
        received = Form(kind)
        received.write(body[:size])
        with pytest.raises(Refused, match="cut off") as refused:
            received.picture()
        assert refused.value.status == 400
    for size in range(end, len(body) + 1):
        received = Form(kind)
        received.write(body[:size])
        assert received.picture() == b"abc" * 10 and received.fields == [("pad", "3")]


@pytest.mark.parametrize(
    "fields", [[("a", "b")] * 33, [("a", "b" * 1025)]], ids=["too many", "too long"]
)
def test_fields_are_bounded(fields):
    body, kind = form(b"abc", fields)
    with pytest.raises(Refused) as refused:
        Form(kind).write(body)
    assert refused.value.status == 400


def test_two_pictures():
    body, kind = form(b"abc")
    received = Form(kind)
    with pytest.raises(Refused, match="several"):
        received.write(body.replace(b"--limit--\r\n", b"") + body)


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=" + "a" * 5000, "multipart/form-data;="],
)
def test_no_boundary(kind):
    with pytest.raises(Refused, match="boundary"):
        Form(kind)


def test_sentences():
    assert sentence("the picture is too large: 3.") == "The picture is too large: 3."
    assert sentence("max_bytes 1 is\nnothing") == "max_bytes 1 is nothing."
    assert len(sentence("a" * 1000)) == 400 and sentence("a\x00\u202eb") == "a b."

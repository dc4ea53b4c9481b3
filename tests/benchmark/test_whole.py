from sigunet.benchmark import whole
from sigunet.cleaning import backends


def test_all_that_is_promised_is_measured():
    measured = whole.measure(crops=3, repeats=1, photos=1)
    assert set(measured) >= {"import", "cold_start", "photo", "photo_mib", "folder_ratio"}
    assert measured["cold_start"] > measured["import"] and measured["photo_mib"] > 50
    text = whole.table(measured)
    assert len(text.splitlines()) == 11 and f"{measured['folder_ratio']:.2f}" in text


def test_a_picture_with_thin_strokes_asks_for_more_than_one_call():
    pages = [whole._page(number, (224, 224), 0.4) for number in range(3, 11)]
    asked = whole._asked(backends.load(), pages)
    assert all(shapes[0] == (1, 224, 224, 3) for shapes in asked)
    again = [shapes[1:] for shapes in asked]
    assert [] in again and max(len(more) for more in again) >= 1
    # One whose strokes are all over the picture is seen whole, at twice its size.
    assert any(len(more) == 1 and more[0][1] > 400 for more in again)

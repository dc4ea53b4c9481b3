from sigunet.benchmark import whole


def test_all_that_is_promised_is_measured():
    measured = whole.measure(crops=3, repeats=1, photos=1)
    assert set(measured) >= {"import", "cold_start", "photo", "photo_mib", "folder_ratio"}
    assert measured["cold_start"] > measured["import"] and measured["photo_mib"] > 50
    text = whole.table(measured)
    assert len(text.splitlines()) == 9 and f"{measured['folder_ratio']:.2f}" in text

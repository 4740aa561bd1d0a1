from index import handler


def test_nothing_is_returned():
    assert handler({}, None) is None

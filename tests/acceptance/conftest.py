"""What tests of several files begin with: an event on sale, and a browser."""

import pytest

from support import CHROMIUM, Browser, on_sale


@pytest.fixture
def sale(db):
    return on_sale(db)


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture
def browser(window):
    """A real browser that has seen nothing yet."""
    window.events.clear()
    return window

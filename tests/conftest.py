"""One stack of its own for the whole run, or for each of several workers; each test gets clients of it."""

import os
from pathlib import Path

import pytest
from stack import SERVICES, Failure, NotOurs, throw_away

from support import Bus, Inbox, Provider, Proxy, Rest, messages_against

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BUILD", "build")

_stacks = []


def pytest_configure():
    """Workers side by side look for free ports in parts of the range of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        ports_of_worker(int(worker[2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))


def ports_of_worker(number, workers):
    first, last = map(int, os.environ.get("TEST_PORTS", "20000-29999").split("-"))
    share = (last + 1 - first) // workers
    os.environ["TEST_PORTS"] = f"{first + number * share}-{first + (number + 1) * share - 1}"


@pytest.fixture(scope="session")
def make_stack():
    """Makes a throw-away stack, not yet started: with make_stack("kafka") as stack.

    make_stack(brokers=3): stack["kafka-2"].kill(). make_stack(kafka_proxied=True, database_proxied=True):
    stack.proxies["kafka"].cut().
    """
    def make(*having, **options):
        return _watched(throw_away(*having, build=BUILD, **options))
    return make


class _watched:
    """Puts the logs of a stack into the report of every test that fails while it lives.

    stack.proxies[name] is the proxy of a part that the services reach through one.
    """

    def __init__(self, context):
        self._context = context

    def __enter__(self):
        stack = self._context.__enter__()
        stack.proxies = {part.name: Proxy(part.proxied.target, part.proxied.port)
                         for part in stack if part.proxied}
        _stacks.append(stack)
        return stack

    def __exit__(self, *exception):
        stack = _stacks.pop()
        for proxy in stack.proxies.values():
            proxy.close()
        return self._context.__exit__(*exception)


@pytest.fixture(scope="session")
def built():
    """The folder of the services, for tests that look at the programs alone."""
    missing = [name for name in SERVICES if not (BUILD / name / name).exists()]
    if missing:
        pytest.skip(f"not built: {', '.join(missing)}")
    return BUILD


@pytest.fixture(scope="session")
def stack(make_stack):
    """Everything, ready. A test that hurts a part heals it before it ends."""
    with make_stack() as whole:
        try:
            whole.start()
        except Failure as failure:
            pytest.exit(f"the stack does not start: {failure}", returncode=1)
        yield whole
        if faults := messages_against(BUILD, whole["kafka"].brokers):
            pytest.fail("the AsyncAPI document does not allow:\n" + "\n".join(faults))
        # A sanitizer reports leaks at the end of the process.
        assert set(whole.stop_services().values()) <= {0}, "a service did not end cleanly"


@pytest.fixture(scope="session")
def db(stack):
    return Rest(stack["db-svc"].url)


@pytest.fixture(scope="session")
def tickets(stack):
    return Rest(stack["tickets-svc"].url)


@pytest.fixture(scope="session")
def attendees(stack):
    return Rest(stack["attendees-svc"].url)


@pytest.fixture(scope="session")
def notify(stack):
    return Rest(stack["notify-svc"].url)


@pytest.fixture(scope="session")
def payments(stack):
    return Rest(stack["payments-svc"].url)


@pytest.fixture(scope="session")
def provider(stack):
    return Provider(stack["provider"].url, stack["provider"].settings()["STRIPE_WEBHOOK_SECRET"])


@pytest.fixture(scope="session")
def inbox(stack):
    return Inbox(stack["mail"].inbox_url)


@pytest.fixture
def bus(stack):
    client = Bus(stack["kafka"].brokers)
    yield client
    client.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call():
    """What hurts a part cannot be tried on one that somebody else runs."""
    outcome = yield
    if outcome.excinfo and issubclass(outcome.excinfo[0], NotOurs):
        outcome.force_exception(pytest.skip.Exception(str(outcome.excinfo[1])))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for stack in _stacks:
            for part in stack:
                report.sections.append((f"end of the log of {part.name}", part.process.tail()))

"""What several tests of faults begin with."""

import pytest
from crowd import Crowd


@pytest.fixture
def crowd(db, tickets, stack, bus):
    """Buyers who go on while the test hurts something, and whose books must be right in the end."""
    facts = bus.follow("tickets.facts")
    with Crowd(db, tickets) as buyers:
        yield buyers
    buyers.check(facts, tickets, db)


@pytest.fixture
def second_writer(stack):
    service = stack.add_service("db-svc")
    service.start()
    yield service
    assert service.stop() == 0, service.process.tail()

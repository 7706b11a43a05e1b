"""What must hold in the end, beside what the crowd and the people check themselves."""

from support import created, insist, pages, path


def check_walked_away(shop, sale, left):
    """Who left before the answer gets it by the key, and every order of the event is one of theirs."""
    event, _ = sale
    orders = set()
    for key, body in left:
        orders.add(created(insist(shop, path(event, "orders"), body, key=key))["id"])
    stored = [order["id"] for order in pages(shop, path(event, "orders"), limit=500)]
    assert len(stored) == len(set(stored)) and set(stored) == orders, "an order of nobody, or one is missing"

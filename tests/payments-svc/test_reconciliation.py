"""Where the books of the provider and of the orders differ, and why."""

from payments.money import Money
from payments.reconciliation import compare


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


def at_provider(payment_id="p", order_id="o", amount=2500, refunded=0):
    return {"payment_id": payment_id, "order_id": order_id, "succeeded": True, "amount": Money(amount, "EUR"),
            "refunded": Money(refunded, "EUR")}


def order(*payments, due=0, id_="o"):
    paid = sum(amount for _, status, amount in payments if status == "succeeded")
    back = sum(amount for _, status, amount in payments if status == "refunded")
    return {"id": id_, "total": eur(2500), "paid": eur(paid), "refunded": eur(back), "refund_due": eur(due),
            "payments": [{"payment_id": payment_id, "status": status, "amount": eur(amount)}
                         for payment_id, status, amount in payments]}


def why(*arguments):
    return [difference["why"] for difference in compare(*arguments)["differences"]]


def test_books_that_agree():
    books = compare([at_provider(refunded=1000)], [order(("p", "succeeded", 2500), ("p", "refunded", 1000))], [], [])
    assert books["agrees"] and books["differences"] == []
    assert books["provider"] == {"payments": 1, "paid": [eur(2500)], "refunded": [eur(1000)]}
    assert books["orders"]["refunded"] == [eur(1000)]


def test_each_difference_says_why():
    assert why([at_provider()], [order()], [], []) == ["payment_not_told"]
    assert why([at_provider()], [], [], []) == ["order_unknown"]
    assert why([at_provider(amount=2499)], [order(("p", "succeeded", 2500))], [], []) == ["amount_differs"]
    assert why([at_provider(refunded=1)], [order(("p", "succeeded", 2500))], [], []) == ["refund_differs"]
    ours = [{"id": "p", "provider": "stripe"}]
    assert why([], [order(("p", "succeeded", 2500))], ours, []) == ["payment_unknown_to_provider"]
    assert why([], [order(("p", "succeeded", 2500))], [], []) == []  # sold by others


def test_money_that_is_due_is_a_difference_until_a_refund_is_under_way():
    one = order(("p", "succeeded", 2500), due=2500)
    refund = {"id": "r", "order_id": "o", "payment_id": "p", "amount": eur(2500), "status": "queued", "failure": None}
    assert why([at_provider()], [one], [], []) == ["refund_due"]
    assert why([at_provider()], [one], [], [refund]) == []
    assert why([at_provider()], [one], [], [{**refund, "status": "failed"}]) == ["refund_due", "refund_failed"]

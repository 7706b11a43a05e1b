"""What is asked and answered around a sale: availability, orders of what is sold out, and the gate."""

import json

import pymongo
from floors import Floors, run
from report import figure, least, table, targets
from sales import refused, warm_by
from shop import Shop, ask
from warm import told

CONNECTIONS = (64, 256)
AVAILABILITY_SHARE, SOLD_OUT_SHARE = 0.7, 0.5  # of HTTP alone
CHECK_INS_SHARE = 0.8  # of purchases
GATE_PATIENCE_S = 600


def measure(setup):
    with setup.stack() as stack:
        stack.start()
        warm_up = warm_by(stack, Shop(stack, setup.programs))
        sold_out = Shop(stack, setup.programs, capacity=1)
        ask("POST", f"{stack['tickets-svc'].url}{sold_out.buyer.path}", json.loads(sold_out.buyer.orders()[0]))
        floors = Floors(stack, setup.programs)
        return {"warm_up": warm_up, "points": [_point(stack, setup, floors, sold_out, connections)
                                               for connections in CONNECTIONS]}


def _point(stack, setup, floors, sold_out, connections):
    http = floors.http(connections, setup.seconds)
    shop = Shop(stack, setup.programs)
    load = setup.programs / "load"
    availability = run(load, shop.port, connections, setup.seconds, "GET", f"{shop.path}/availability")
    nothing_left = sold_out.purchases(connections, setup.seconds)
    purchases = shop.purchases(connections, setup.seconds)
    codes = codes_of(stack, shop.event_id)
    check_ins = run(load, "-o", shop.port, connections, GATE_PATIENCE_S, "POST", "-",
                    lines=[f"{shop.path}/check-ins {json.dumps({'code': code})}" for code in codes])
    return {"connections": connections, "http": http, "availability": availability, "sold_out": nothing_left,
            "purchases": purchases, "check_ins": check_ins, "tickets": len(codes),
            "shares": {"availability": availability["per_second"] / http["per_second"],
                       "sold_out": refused_a_second(nothing_left) / http["per_second"],
                       "check_ins": check_ins["per_second"] / max(purchases["per_second"], 1e-9)}}


def codes_of(stack, event_id):
    """Of all tickets of the event."""
    with pymongo.MongoClient(stack["database"].uri) as client:
        orders = client[stack.settings["MONGO_DB"]]["orders"].find({"event_id": event_id}, {"tickets.code": 1})
        return [ticket["code"] for order in orders for ticket in order["tickets"]]


def refused_a_second(figures):
    """Answers that nothing is left."""
    return figures["statuses"].get("409", 0) / figures["seconds"]


def show(figures):
    points = figures["points"]
    rows = [("floor: HTTP alone, requests a second", _of(points, "http", "per_second")),
            *_rows(points, "availability", "availability"),
            ("orders of what is sold out, a second", [figure(refused_a_second(point["sold_out"])) for point in points]),
            ("  not 409", [str(_not_refused(point["sold_out"])) for point in points]),
            *_rows(points, "purchases", "purchases"),
            *_rows(points, "check-ins", "check_ins")]
    return [table(rows, head=("", [f"{point['connections']} connections" for point in points])),
            targets(_targets(points)), told(figures["warm_up"]),
            f"every ticket was let in once: {'yes' if all(map(all_let_in, points)) else 'NO'}"]


def _rows(points, name, what):
    return [(f"{name}, a second", _of(points, what, "per_second")), ("  p50 ms", _of(points, what, "p50_ms")),
            ("  p99 ms", _of(points, what, "p99_ms")), ("  not 2xx", [str(refused(point[what])) for point in points])]


def _of(points, what, name):
    return [figure(point[what][name]) for point in points]


def _not_refused(figures):
    return figures["broken"] + figures["unanswered"] + sum(
        count for status, count in figures["statuses"].items() if status != "409")


def all_let_in(point):
    return point["check_ins"]["ok"] == point["tickets"] == point["purchases"]["ok"]


def _targets(points):
    for point in points:
        at, shares = point["connections"], point["shares"]
        yield least(f"availability / HTTP alone at {at}", shares["availability"], AVAILABILITY_SHARE)
        yield least(f"sold out / HTTP alone at {at}", shares["sold_out"], SOLD_OUT_SHARE)
        yield least(f"check-ins / purchases at {at}", shares["check_ins"], CHECK_INS_SHARE)

"""The proxy that the tests of the network's faults stand on: it passes all on, and fails as told."""

import contextlib
import socket
import threading

import pytest

from support import Bus, Proxy, Rest, created, eventually, on_sale, order_body, path


class Echo:
    """Sends back what it gets, on a port of its own."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection):
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                connection.sendall(data)

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # which ends the thread's accept()
        self._listener.close()


@pytest.fixture
def echo():
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo):
    with Proxy(echo.port) as between:
        yield between


@pytest.fixture
def client(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as connection:
        assert _ask(connection, b"hello") == b"hello"
        yield connection


def _ask(connection, data):
    connection.sendall(data)
    return _read(connection, len(data))


def _read(connection, size):
    found = b""
    while len(found) < size and (part := connection.recv(size - len(found))):
        found += part
    return found


def _hears_nothing(connection):
    connection.settimeout(0.5)
    try:
        with pytest.raises(TimeoutError):
            connection.recv(1)
    finally:
        connection.settimeout(30)


def test_it_passes_all_on(client):
    data = bytes(range(256)) * 4096
    threading.Thread(target=client.sendall, args=(data,)).start()
    assert _read(client, len(data)) == data


def test_it_passes_an_end_on(client):
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""


def test_it_delays_both_ways(proxy, client):
    proxy.delay(0.3)
    client.sendall(b"late")
    _hears_nothing(client)
    assert _read(client, 4) == b"late"
    proxy.heal()
    assert _ask(client, b"now") == b"now"


def test_it_cuts_connections_and_takes_new_ones(proxy, client):
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as again:
        assert _ask(again, b"again") == b"again"


@pytest.mark.parametrize(("way", "heard"), [("to_client", 50), ("to_server", 50)])
def test_it_cuts_in_the_middle_of_what_is_sent(proxy, client, way, heard):
    proxy.cut_in_mid_frame(way)
    client.sendall(b"x" * 100)
    found = b""
    with pytest.raises(ConnectionResetError):
        while part := client.recv(100):
            found += part
    assert len(found) <= heard
    assert proxy.cuts == 1


@pytest.mark.parametrize("way", ["to_server", "to_client"])
def test_it_holds_one_way_back(proxy, client, way):
    proxy.black_hole(way)
    client.sendall(b"held")
    _hears_nothing(client)
    proxy.heal()
    assert _read(client, 4) == b"held"


def test_it_stands_still(proxy, client):
    proxy.pause()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as another:
        another.sendall(b"held")
        client.sendall(b"held")
        _hears_nothing(client)
        _hears_nothing(another)
        proxy.heal()
        assert _read(client, 4) == _read(another, 4) == b"held"


def test_it_refuses(proxy, client):
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
    proxy.heal()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as again:
        assert _ask(again, b"again") == b"again"


def test_a_target_that_is_away_ends_the_connection(proxy, client, echo):
    echo.close()
    with pytest.raises(ConnectionResetError), \
            socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as again:
        again.recv(1)


# --- Between the services and their parts ---


@pytest.fixture(scope="module")
def proxied(make_stack):
    with make_stack(kafka_proxied=True, database_proxied=True) as stack:
        stack.start()
        yield stack


@pytest.fixture
def sale(proxied):
    db, tickets = Rest(proxied["db-svc"].url), Rest(proxied["tickets-svc"].url)
    event, kind = on_sale(db)
    return tickets, event, kind


@pytest.mark.parametrize("part", ["kafka", "database"])
def test_the_services_reach_a_part_through_its_proxy_only(proxied, sale, part):
    tickets, event, kind = sale
    if part not in proxied.proxies:
        pytest.skip("the database is somebody else's (MONGO_URI)")
    proxied.proxies[part].refuse()
    try:
        answer = tickets.post(path(event, "orders"), order_body((kind, 1)))
        assert answer.status_code in (503, 504)
        assert proxied[part].not_ready() is None
    finally:
        proxied.proxies[part].heal()
    eventually(lambda: created(tickets.post(path(event, "orders"), order_body((kind, 1)))))


def test_a_cluster_has_a_proxy_a_broker(make_stack):
    with make_stack("kafka", brokers=3, kafka_proxied=True) as stack:
        stack.start()
        assert set(stack.proxies) == {"kafka", "kafka-2", "kafka-3"}
        bus = Bus(stack.settings["KAFKA_BROKERS"])
        bus.create_topic("through", partitions=3, replicas=3)
        for partition in range(3):
            bus.produce("through", b"message", partition=partition)
        bus.close()
        assert all(proxy.bytes_passed > 0 for proxy in stack.proxies.values())

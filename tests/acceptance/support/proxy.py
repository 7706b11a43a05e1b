"""A TCP proxy on 127.0.0.1 that fails as a network does, when told to."""

import asyncio
import contextlib
import socket
import struct
import threading

WAYS = ("to_server", "to_client")
CHUNK = 65536


class Proxy:
    """Passes connections on to a port, in a thread of its own: with Proxy(target) as proxy: …

    What it was told to do holds for connections open and to come, until heal(). Any thread may call.
    """

    def __init__(self, target, port=0):
        self.cuts = 0  # connections ended by a fault
        self.bytes_passed = 0
        self._target = target
        self._listener = None
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._clear()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = port
        self._do(self._listen())

    def delay(self, seconds):
        """What is sent arrives so much later, each way."""
        self._do(self._set(delay_s=seconds))

    def black_hole(self, way):
        """Holds back what goes that way: it arrives once healed, as what TCP sends again does."""
        assert way in WAYS
        self._do(self._set(held={way}))

    def pause(self):
        """Holds back all, and what new connections send."""
        self._do(self._set(held=set(WAYS)))

    def cut(self):
        """Resets every connection (RST)."""
        self._do(self._cut())

    def cut_in_mid_frame(self, way):
        """Passes on half of what is sent next that way, then resets that connection."""
        assert way in WAYS
        self._do(self._set(cut_way=way))

    def refuse(self):
        """Resets every connection and takes none."""
        self._do(self._refuse())

    def heal(self):
        self._do(self._heal())

    def close(self):
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # The rest runs in the proxy's thread.

    def _do(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    def _clear(self):
        self._delay_s, self._held, self._cut_way = 0, set(), None

    async def _set(self, **faults):
        for name, value in faults.items():
            setattr(self, f"_{name}", value)

    async def _listen(self):
        # Of a size that does not refuse anybody while it is told to stand still.
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self._listener = await asyncio.start_server(self._take, sock=listener, backlog=1024)
        self.port = listener.getsockname()[1]

    async def _cut(self):
        self.cuts += len(self._pairs)
        for pair in list(self._pairs):
            pair.reset()

    async def _refuse(self):
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._cut()

    async def _end(self):
        await self._refuse()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _heal(self):
        self._clear()
        for pair in self._pairs:
            pair.changed.set()
        if self._listener is None:
            await self._listen()

    async def _take(self, reader, writer):
        pair = _Pair(reader, writer)
        self._pairs.add(pair)
        try:
            await pair.connect(self._target)
            async with asyncio.TaskGroup() as group:
                for way in WAYS:
                    queue = asyncio.Queue(maxsize=1024)
                    group.create_task(self._read(pair, way, queue))
                    group.create_task(self._send(pair, way, queue))
            pair.close()
        except* OSError:
            pair.reset()
        finally:
            self._pairs.discard(pair)

    async def _read(self, pair, way, queue):
        """Does not wait for what is sent, so that a delay does not narrow the way."""
        data = None
        while data != b"":
            data = await pair.read(way)
            await queue.put((self._loop.time() + self._delay_s, data))

    async def _send(self, pair, way, queue):
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self._loop.time()))
            while way in self._held:
                pair.changed.clear()
                await pair.changed.wait()
            if not data:
                pair.end(way)
                return
            if self._cut_way == way:
                self._cut_way = None
                self.cuts += 1
                await pair.send(way, data[:len(data) // 2])
                raise ConnectionResetError
            await pair.send(way, data)
            self.bytes_passed += len(data)


class _Pair:
    """A client's connection and the one to the server."""

    def __init__(self, reader, writer):
        self._readers = {"to_server": reader}
        self._writers = {"to_client": writer}
        self.changed = asyncio.Event()

    async def connect(self, port):
        self._readers["to_client"], self._writers["to_server"] = await asyncio.open_connection("127.0.0.1", port)

    async def read(self, way):
        return await self._readers[way].read(CHUNK)

    async def send(self, way, data):
        self._writers[way].write(data)
        await self._writers[way].drain()

    def end(self, way):
        with contextlib.suppress(OSError):
            self._writers[way].write_eof()

    def close(self):
        for writer in self._writers.values():
            writer.close()

    def reset(self):
        for writer in self._writers.values():
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

"""Python's `websockets`, as a client that checks echoes and as an echo server."""

import asyncio
import itertools
import json
import random
import sys

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)


def messages(long):
    yield from ("", "a", "Hello", "Hello", "Hellö, " * 150, b"", b"\x00", bytes(1000), "")
    yield random.Random(1).randbytes(300)
    if long:
        yield from ("x" * n for n in (125, 126, 65_535, 65_536, 100_000))
        yield random.Random(2).randbytes(100_000)
        yield "".join(f'{{"id": {n * 7919 % 10007}}}, ' for n in range(300_000))[:3_000_000]
        yield "the end"


async def client(url):
    bits = range(8, 16)
    # Raw deflate of zlib has no window of 8 bits, so that we cannot limit ourselves to that.
    offers = itertools.product(
        (None, *bits), (False, True), (None, True, *bits[1:]), (False, True)
    )
    for server_bits, server_reset, client_bits, client_reset in offers:
        factory = ClientPerMessageDeflateFactory(
            server_max_window_bits=server_bits,
            server_no_context_takeover=server_reset,
            client_max_window_bits=client_bits,
            client_no_context_takeover=client_reset,
        )
        async with websockets.connect(url, extensions=[factory], max_size=None) as socket:
            # Where newer versions keep it, or else older ones.
            (agreed,) = getattr(socket, "protocol", socket).extensions
            assert agreed.remote_max_window_bits <= (server_bits or 15), agreed
            assert agreed.remote_no_context_takeover or not server_reset, agreed
            long = client_bits in (None, server_bits) and server_reset == client_reset
            for message in messages(long):
                await socket.send(message)
                assert await socket.recv() == message, (agreed, message[:100])
            for parts in (["frag", "", "mented"], ["", ""], [b"\x00" * 1000, b"\x01" * 100_000]):
                await socket.send(parts)
                assert await socket.recv() == parts[0][:0].join(parts), (agreed, parts)


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def server():
    ports = []
    options = itertools.product((None, *range(9, 16)), (None, *range(8, 16)), (False, True))
    for server_bits, client_bits, reset in options:
        factory = ServerPerMessageDeflateFactory(
            server_max_window_bits=server_bits,
            server_no_context_takeover=reset,
            client_max_window_bits=client_bits,
            client_no_context_takeover=reset,
        )
        listener = await websockets.serve(
            echo, "127.0.0.1", 0, extensions=[factory], max_size=None
        )
        ports.append(listener.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    # Until our parent is gone.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(client(sys.argv[2]) if sys.argv[1] == "client" else server())

"""An echo server on TCP and UDP of one address and port. What it reads it sends back; `who` (a datagram, or a read of
exactly `who\\n`) is answered with `NAME PEER PORT`. Usage: echo_server.py NAME ADDRESS PORT"""
import asyncio
import sys


def answer(name, peer, data):
    return f"{name} {peer[0]} {peer[1]}\n".encode() if data.rstrip(b"\n") == b"who" else data


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, name):
        self.name = name

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(answer(self.name, peer, data), peer)


class Connection(asyncio.Protocol):
    def __init__(self, name):
        self.name = name

    def connection_made(self, transport):
        self.transport = transport
        self.peer = transport.get_extra_info("peername")

    def data_received(self, data):
        self.transport.write(answer(self.name, self.peer, data))

    # The other side may go on reading after it has ended its own direction.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main(name, address, port):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Datagrams(name), (address, port))
    server = await loop.create_server(lambda: Connection(name), address, port, backlog=4096)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

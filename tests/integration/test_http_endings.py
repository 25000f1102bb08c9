"""How requests end when one side ends early: answers before the request is read, kept connections that close, resets in
the middle, drains under load."""
import collections
import os
import subprocess
import threading
import time

import pytest
from client import Connection, fetch
from manifests import listener, rule

# MODE early: answers 413 after the first piece of a request and closes with the rest unread, which is a RST.
# MODE fickle: keeps connections, and closes them after a few milliseconds without a word.
# MODE dies: sends half of a body, then resets.
SERVER = """
import asyncio, random, socket, struct, sys

async def early(reader, writer):
    await reader.read(4096)
    await asyncio.sleep(0.02)
    body = b"too large\\n" * 1000
    writer.write(b"HTTP/1.1 413 Content Too Large\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)

async def fickle(reader, writer):
    while True:
        head = await asyncio.wait_for(reader.readuntil(b"\\r\\n\\r\\n"), random.choice([0.001, 0.003, 0.01]))
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

async def dies(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n" + b"x" * 50000)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

async def serve(reader, writer):
    try:
        await globals()[sys.argv[1]](reader, writer)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, OSError):
        pass
    writer.close()

async def main():
    await (await asyncio.start_server(serve, sys.argv[2], 8080, backlog=1024)).serve_forever()

asyncio.run(main())
"""


@pytest.fixture
def edge(topology, servers, manifests, sluiced, folder):
    """A function: HTTP on the VIP to a server in that mode (None: nginx); returns the sluiced."""
    def make(mode, *flags):
        if mode:
            script = os.path.join(folder, "server.py")
            with open(script, "w") as file:
                file.write(SERVER)
            servers.python(topology.blue, script, mode, topology.BLUE, wait=(topology.BLUE, 8080))
        else:
            servers.nginx(topology.blue, topology.BLUE, 8080)
        manifests.gateway(listener("http", 80, "HTTP"), addresses=[topology.VIP])
        manifests.service("web", 80, [topology.BLUE], target=8080)
        manifests.http_route("web", "http", rule(("web", 80)))
        return sluiced(topology.gateway, *flags)
    return make


@pytest.mark.parametrize("io", ["io_uring", "epoll"])
def test_a_connection_to_a_backend_is_probed_for_a_host_that_is_gone(edge, topology, io):
    edge(None, "--io", io)
    assert fetch(topology.client, topology.VIP).status == 200
    assert "timer:(keepalive,5" in topology.gateway.run("ss", "-tnoH", "dst", topology.BLUE)  # of 60 s


@pytest.mark.parametrize("io", ["io_uring", "epoll"])
def test_an_answer_to_an_upload_that_a_reset_follows_reaches_curl(edge, topology, folder, io):
    edge("early", "--io", io)
    upload = os.path.join(folder, "upload")
    with open(upload, "wb") as file:
        file.truncate(20_000_000)
    for framing in ("Expect:", "Transfer-Encoding: chunked"):
        for _ in range(10):
            said = topology.client.run("curl", "-sS", "--max-time", 5, "-H", "Expect:", "-H", framing, "-T", upload,
                                       "-w", "%{http_code} %{size_download}", "-o", "/dev/null",
                                       f"http://{topology.VIP}/x")
            assert said == "413 10000"


def test_kept_connections_that_a_backend_closes_fail_no_request_that_may_be_repeated(edge, topology):
    node = edge("fickle")
    statuses, end = collections.Counter(), time.monotonic() + 2

    def ask():
        with Connection(topology.client, topology.VIP) as connection:
            while time.monotonic() < end:
                statuses[connection.request().status] += 1
                time.sleep(0.002)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200} and statuses[200] > 100
    assert node.metrics().value("sluice_l7_upstream_reuses_total") > 0


def test_a_backend_that_resets_in_the_middle_leaves_no_body_that_seems_whole(edge, topology):
    node = edge("dies")
    done = subprocess.run(topology.client.command("curl", "-sS", "--max-time", "5", f"http://{topology.VIP}/"),
                          capture_output=True, timeout=10, check=False)
    assert done.returncode in (18, 56)  # partial file, receive failure
    assert len(done.stdout) == 50000
    assert node.metrics().value("sluice_l7_requests_ended_total", reason="upstream_reset") == 1


def test_sigterm_under_load_answers_every_request(edge, topology):
    """Clients that keep their connections see each request answered, the last one with Connection: close."""
    node = edge(None)
    unanswered, answered, closed = [], [0], [0]

    def ask():
        connection = Connection(topology.client, topology.VIP)
        while True:
            try:
                response = connection.request()
            except OSError as error:
                return unanswered.append(error)
            except Exception as error:  # http.client's own: the connection ended without an answer
                return unanswered.append(error)
            answered[0] += response.status == 200
            if response.headers.get("connection") == "close":
                closed[0] += 1
                return connection.close()
            time.sleep(0.001)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert node.stop() == 0
    for thread in threads:
        thread.join(10)
    assert unanswered == []
    assert closed[0] == 16 and answered[0] > 100


def test_kill_9_under_load_is_over_when_the_next_one_is_ready(edge, topology):
    node = edge(None)
    assert fetch(topology.client, topology.VIP).status == 200
    node.kill()
    with pytest.raises(OSError):
        fetch(topology.client, topology.VIP, timeout=1)
    node.start()
    for _ in range(50):
        assert fetch(topology.client, topology.VIP).status == 200

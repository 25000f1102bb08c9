"""HTTP clients of tests, from inside a namespace: one request, or a connection that is kept."""
import dataclasses
import http.client
import socket
import ssl

from netns import family_of


@dataclasses.dataclass
class Response:
    status: int
    headers: dict
    body: str
    reason: str = ""


class Connection:
    """A kept connection to ADDRESS:PORT; tls: an ssl.SSLContext (or True: do not verify) with server_name."""

    def __init__(self, namespace, address, port=80, tls=None, server_name=None, source=None, timeout=5):
        self.socket = namespace.connect(address, port, source=source, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = (unverified() if tls is True else tls).wrap_socket(self.socket, server_hostname=server_name)
        self._http = http.client.HTTPConnection("unused")
        self._http.sock = self.socket
        self._http.auto_open = 0

    def request(self, method="GET", target="/", host="example", headers=None, body=None):
        """headers: a dict; `Host` comes from `host`. Chunked where body is an iterator."""
        self._http.request(method, target, body=body, headers={"Host": host, **(headers or {})})
        answer = self._http.getresponse()
        text = answer.read().decode("latin-1")
        return Response(answer.status, {key.lower(): value for key, value in answer.getheaders()}, text, answer.reason)

    def closed(self):
        """Whether the other side has ended the connection (waits up to the socket's timeout for it)."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def fetch(namespace, address, target="/", host="example", port=80, method="GET", headers=None, body=None, **options):
    """One request on a connection of its own; options: those of Connection."""
    with Connection(namespace, address, port, **options) as connection:
        return connection.request(method, target, host, headers, body)


def exchange(namespace, address, port, payload=b"who\n", kind=socket.SOCK_STREAM, source=None, timeout=2):
    """Sends `payload` on a new flow and returns the answer of the first read as text."""
    with namespace.connect(address, port, kind, source, timeout) as flow:
        flow.sendall(payload)
        return flow.recv(65536).decode()


def ping(flow, payload=b"ping\n"):
    """Echo on a flow that is open: true when all of it came back."""
    flow.sendall(payload)
    got = b""
    while len(got) < len(payload):
        part = flow.recv(65536)
        if not part:
            return False
        got += part
    return got == payload


def reset(namespace, address, port, source=None, timeout=2):
    """True when a connection attempt is refused by a RST (and not left without answer)."""
    flow = namespace.socket(family_of(address), timeout=timeout)
    try:
        if source:
            flow.bind(source)
        flow.connect((address, port))
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    finally:
        flow.close()
    return False


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting(certificate):
    """A context that trusts one Certificate (servers.py) and checks the name."""
    return ssl.create_default_context(cafile=certificate.file)

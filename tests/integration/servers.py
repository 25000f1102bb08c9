"""Real servers for backends, each in a namespace, ready when its function returns, ended with the test."""
import os
import sys

from netns import at, family_of, run
from process import Process, wait_until

_HERE = os.path.dirname(os.path.abspath(__file__))


class Certificate:
    """A self-signed certificate for names; `file` is also the CA to verify it with."""

    def __init__(self, folder, *names):
        self.names = names
        stem = os.path.join(folder, "cert-" + names[0].replace("*", "any"))
        self.file, self.key = stem + ".pem", stem + ".key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2,
            "-subj", f"/CN={names[0]}", "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
            "-keyout", self.key, "-out", self.file)

    def pem(self):
        with open(self.file) as file:
            return file.read()

    def key_pem(self):
        with open(self.key) as file:
            return file.read()


class Servers:
    """Starts servers and ends them in stop(). Addresses may be IPv4 or IPv6."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []

    def stop(self):
        for process in reversed(self.started):
            process.kill()
        self.started.clear()

    def certificate(self, *names):
        return Certificate(self.folder, *names)

    def echo(self, namespace, address, port, name=None):
        """TCP and UDP; see echo_server.py. name: what `who` is answered with, the namespace's role by default."""
        command = (sys.executable, "-S", os.path.join(_HERE, "echo_server.py"), name or namespace.role, address, port)
        return self._start(namespace, "echo", command, address, port)

    def redis(self, namespace, address, port=6379):
        command = ("redis-server", "--bind", address, "--port", port, "--save", "", "--appendonly", "no",
                   "--protected-mode", "no", "--dir", self.folder)
        return self._start(namespace, "redis", command, address, port)

    def dns(self, namespace, address, names, port=53):
        """dnsmasq; names: {"who.example": ["192.0.2.1", ...]}. Rewrite `hosts` and signal SIGHUP to change them."""
        number = len(self.started)
        hosts = os.path.join(self.folder, f"hosts-{number}")
        write_hosts(hosts, names)
        command = ("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--conf-file=/dev/null",
                   f"--listen-address={address}", "--bind-interfaces", f"--port={port}", "--local=/example/",
                   f"--addn-hosts={hosts}", "--pid-file=" + os.path.join(self.folder, f"dns-{number}.pid"))
        process = self._start(namespace, "dns", command, address, port)
        process.hosts = hosts
        return process

    def nginx(self, namespace, address, port=8080, tls_port=None, certificate=None, location="", name=None, http2=False):
        """Answers any request with 200 and `NAME METHOD URI HOST`; location: more directives for `location /`. http2:
        that alone is spoken on the port, in the clear."""
        name = name or namespace.role
        folder = os.path.join(self.folder, f"nginx-{len(self.started)}")
        os.mkdir(folder)
        listen = f"listen {at(address, port)}{' http2' if http2 else ''};"
        if tls_port:
            listen += f" listen {at(address, tls_port)} ssl; ssl_certificate {certificate.file};"
            listen += f" ssl_certificate_key {certificate.key};"
        paths = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w") as file:
            file.write(f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
                       f"events {{ worker_connections 4096; }}\nhttp {{ access_log off; {paths} keepalive_requests 1000000;\n"
                       f"  server {{ {listen} location / {{ {location}\n"
                       f'    default_type text/plain; return 200 "{name} $request_method $request_uri $host\\n"; }} }} }}\n')
        return self._start(namespace, "nginx", ("nginx", "-c", configuration), address, port)

    def grpc(self, namespace, address, port=9000, name=None):
        """grpc_server.py: a real gRPC server; its name is that of the namespace's role by default."""
        return self._start(namespace, "grpc", grpc_program("grpc_server.py", name or namespace.role, at(address, port)),
                           address, port)

    def iperf3(self, namespace, address, port=5201):
        return self._start(namespace, "iperf3", ("iperf3", "--server", "--bind", address, "--port", port), address, port)

    def tls(self, namespace, address, port, certificate, *more):
        """openssl s_server that answers HTTP (-WWW style status page); more: further flags such as -tls1_2."""
        command = ("openssl", "s_server", "-accept", at(address, port), "-cert", certificate.file, "-key",
                   certificate.key, "-www", "-quiet", *more)
        return self._start(namespace, "s_server", command, address, port)

    def python(self, namespace, script, *arguments, wait=None):
        """A Python server of the test's own; wait: (address, port) that it listens on (TCP)."""
        return self._start(namespace, "python", (sys.executable, script, *arguments), *(wait or (None, None)))

    def _start(self, namespace, kind, command, address, port):
        log = os.path.join(self.folder, f"{kind}-{namespace.role}-{len(self.started)}.log")
        process = Process(namespace, *command, log=log)
        self.started.append(process)
        if address:
            wait_until(lambda: _listens(namespace, process, address, port),
                       lambda: f"{kind} on {at(address, port)}: {process.output()}")
        return process


def grpc_program(script, *arguments):
    """The command of a script here that imports grpc, which lies where tools/setup put it."""
    path = os.path.join(_HERE, "..", "..", "build", "deps", "grpcio")
    return ("env", "PYTHONPATH=" + os.path.normpath(path), sys.executable, os.path.join(_HERE, script), *arguments)


def write_hosts(path, names):
    with open(path, "w") as file:
        for name, addresses in names.items():
            file.writelines(f"{address} {name}\n" for address in addresses)


def _listens(namespace, process, address, port):
    if not process.running():
        raise AssertionError(f"{process.words[0]} ended: {process.output()}")
    probe = namespace.socket(family_of(address), timeout=1)
    try:
        return probe.connect_ex((address, port)) == 0
    finally:
        probe.close()

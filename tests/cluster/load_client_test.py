"""Tests of load_client.py against a server that answers as it is told."""
import http.server
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self):
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    handler = type("Handler", (Answer,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        made.daemon_threads = True
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def run(*words, seconds=0.5, meanwhile=lambda: None):
    client = subprocess.Popen([sys.executable, "-B", Path(__file__).with_name("load_client.py"), *words],
                              stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "ready\n"
    time.sleep(seconds / 2)
    meanwhile()
    time.sleep(seconds / 2)
    client.send_signal(signal.SIGTERM)
    return json.loads(client.communicate(timeout=10)[0])


def test_counts_requests_and_exchanges_that_are_all_answered(server):
    place = f"127.0.0.1:{server.server_port}"
    result = run("--http", f"http://{place}/", "--rate", "100", "--flow", place, seconds=1)
    assert 50 <= result["requests"] <= 110 and result["failures"] == []
    assert result["flow"]["exchanges"] >= 5 and result["flow"]["broken"] is None


def test_an_answer_other_than_200_is_a_failure_with_its_time(server):
    begin = time.time()
    result = run("--http", f"http://127.0.0.1:{server.server_port}/",
                 meanwhile=lambda: setattr(server.RequestHandlerClass, "status", 503))
    assert 0 < len(result["failures"]) < result["requests"]
    assert {what for _, what in result["failures"]} == {"503"}
    assert all(begin <= moment <= time.time() for moment, _ in result["failures"])


def test_no_connection_is_a_failure():
    result = run("--http", "http://127.0.0.1:1/")
    assert len(result["failures"]) == result["requests"] > 0
    assert all("ConnectionRefused" in what for _, what in result["failures"])


def test_a_flow_that_is_closed_is_broken_and_not_made_anew(server):
    result = run("--flow", f"127.0.0.1:{server.server_port}",
                 meanwhile=lambda: setattr(server.RequestHandlerClass, "status", 500))
    assert result["flow"]["exchanges"] >= 1 and "500" in result["flow"]["broken"]

#!/usr/bin/python3 -B
"""Traffic of a client while something else happens; on SIGTERM it says as JSON how it went.

Usage: load_client.py [--http URL] [--host NAME] [--flow HOST:PORT] [--rate N]
  --http   requests, each on a connection of its own, N a second (default 50), whether or not earlier ones were answered
  --flow   one connection that lasts, with an exchange each 0.1 s: what the kernel forwards
Output: {"requests": n, "failures": [[seconds since the epoch, what]…], "flow": {"exchanges": n, "broken": what or null}}
A failure is an answer other than 200, no answer within 5 s, or no connection.
"""
import argparse
import concurrent.futures
import http.client
import json
import signal
import sys
import threading
import time
import urllib.parse

LIMIT = 5.0


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("Usage: ")[2])
    parser.add_argument("--http")
    parser.add_argument("--host", default="")
    parser.add_argument("--flow")
    parser.add_argument("--rate", type=float, default=50)
    options = parser.parse_args()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    flow = Flow(options.flow, ended) if options.flow else None
    requests = Requests(options.http, options.host, options.rate, ended) if options.http else None
    print("ready", flush=True)
    ended.wait()
    result = requests.join() if requests else {"requests": 0, "failures": []}
    print(json.dumps(result | {"flow": flow.join() if flow else None}), flush=True)


class Requests:
    def __init__(self, url, host, rate, ended):
        self._url, self._headers = urllib.parse.urlsplit(url), {"Connection": "close"} | ({"Host": host} if host else {})
        self._ended, self._pause = ended, 1 / rate
        self._failures, self._lock, self._sent = [], threading.Lock(), 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self):
        self._thread.join()
        return {"requests": self._sent, "failures": sorted(self._failures)}

    def _run(self):
        with concurrent.futures.ThreadPoolExecutor(max_workers=256) as pool:
            due = time.monotonic()
            while not self._ended.is_set():
                pool.submit(self._ask, time.time())
                self._sent += 1
                due += self._pause
                time.sleep(max(0, due - time.monotonic()))

    def _ask(self, begin):
        connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=LIMIT)
        try:
            connection.request("GET", self._url.path or "/", headers=self._headers)
            answer = connection.getresponse()
            answer.read()
            what = None if answer.status == 200 else str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            what = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        if what:
            with self._lock:
                self._failures.append([begin, what])


class Flow:
    """HTTP/1.1 to a server behind a TCPRoute: what is between is the kernel alone."""

    def __init__(self, place, ended):
        host, _, port = place.rpartition(":")
        self._connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=LIMIT)
        self._connection.connect()
        # A connection that is closed is broken, not made anew.
        self._connection.auto_open = 0
        self._ended, self._exchanges, self._broken = ended, 0, None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self):
        self._thread.join()
        return {"exchanges": self._exchanges, "broken": self._broken}

    def _run(self):
        while not self._ended.wait(0.1):
            try:
                self._connection.request("GET", "/")
                answer = self._connection.getresponse()
                answer.read()
                if answer.will_close or answer.status != 200:
                    raise ConnectionError(f"{answer.status}, closed: {answer.will_close}")
                self._exchanges += 1
            except (OSError, http.client.HTTPException) as error:
                self._broken = f"{type(error).__name__}: {error}"
                return


if __name__ == "__main__":
    sys.exit(main())

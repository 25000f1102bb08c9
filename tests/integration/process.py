"""A process of a test, in a namespace: started, watched, and ended by its pid."""
import signal
import subprocess
import time

from netns import die_with_parent


def wait_until(condition, what, timeout=5.0, pause=0.01):
    """Polls until `condition()` is true and returns its value; fails with `what` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"gave up after {timeout} s: {what() if callable(what) else what}")
        time.sleep(pause)


class Process:
    """Its output goes to `log` (both streams unless `errors` is given)."""

    def __init__(self, namespace, *command, log, **popen):
        self.log = log
        self.words = [str(word) for word in command]
        with open(log, "ab") as out:
            self._popen = subprocess.Popen(namespace.command(*self.words), stdout=out, stderr=subprocess.STDOUT,
                                           stdin=popen.pop("stdin", subprocess.DEVNULL),
                                           preexec_fn=die_with_parent, **popen)

    @property
    def pid(self):
        return self._popen.pid

    @property
    def stdin(self):
        return self._popen.stdin

    def running(self):
        return self._popen.poll() is None

    def output(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def signal(self, number):
        if self.running():
            self._popen.send_signal(number)

    def wait(self, timeout=10):
        """Its exit status (negative: the signal that ended it)."""
        return self._popen.wait(timeout)

    def stop(self, timeout=10):
        """SIGTERM, then SIGKILL after `timeout`."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

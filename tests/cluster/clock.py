"""Says what is done, and how many seconds after the start."""
import time


class Clock:
    def __init__(self):
        self._begin = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self._begin:6.1f} s  {text}", flush=True)

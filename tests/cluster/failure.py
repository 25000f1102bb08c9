"""What stops a step of a test cluster, with the logs that say why."""
import sys

LINES = 25


class Failure(Exception):
    def __init__(self, message, logs=()):
        super().__init__(message)
        self.logs = list(logs)

    def report(self):
        """Message and the end of each log, to stderr."""
        print(f"FAILED  {self}", file=sys.stderr)
        for log in self.logs:
            if not log.exists():
                continue
            lines = log.read_text(errors="replace").splitlines()
            print(f"---- {log}, last {min(LINES, len(lines))} of {len(lines)} lines", file=sys.stderr)
            print("\n".join(lines[-LINES:]), file=sys.stderr)

"""Slow down whoever guesses tokens or passwords: after a few wrong ones, each costs twice the wait."""

import threading
import time

FREE = 5  # wrong tries that cost nothing but a second
LONGEST = 900  # seconds; as long without a try, and the count begins anew
KEPT = 10_000  # addresses remembered


class Guesses:
    """Counts wrong tries by address. clock: seconds, for tests."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.lock = threading.Lock()
        self.seen = {}  # address -> (wrong tries, time of the last)

    def wait(self, address):
        """Seconds until an address may try again; 0 where it may."""
        with self.lock:
            count, last = self.seen.get(address, (0, 0.0))
            passed = self.clock() - last
            if passed > LONGEST:
                self.seen.pop(address, None)
                return 0
            pause = min(2 ** (count - FREE), LONGEST) if count > FREE else 0
            return max(0, round(pause - passed))

    def wrong(self, address):
        """Count a wrong try."""
        with self.lock:
            count, _ = self.seen.pop(address, (0, 0.0))
            while len(self.seen) >= KEPT:
                self.seen.pop(next(iter(self.seen)))
            self.seen[address] = (count + 1, self.clock())

    def right(self, address):
        """Forget an address that has got in."""
        with self.lock:
            self.seen.pop(address, None)

"""Calls as many tasks as its argument says, every twentieth of them with a countdown of 3 s."""

import sys
import time

from tasks import work

COUNTDOWN = 3

for number in range(int(sys.argv[1])):
    if number % 20 == 5:
        work.apply_async((number, time.time() + COUNTDOWN), countdown=COUNTDOWN)
    else:
        work.delay(number, 0)

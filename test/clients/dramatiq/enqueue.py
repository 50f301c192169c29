"""Sends as many messages as its argument says, every twentieth of them with a delay of 2 s, and waits
until a worker is through with them."""

import sys

from actors import broken, broker, work

for number in range(int(sys.argv[1])):
    if number % 20 == 5:
        work.send_with_options(args=(number,), delay=2000)
    else:
        work.send(number)
broken.send()
broker.join(work.queue_name, timeout=150)

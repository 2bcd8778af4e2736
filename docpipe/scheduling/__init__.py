"""Which document is served next, on which rungs, and which is refused: queue, admission, price.

Pure, apart from `requests`: the shell with the lock, the clock and the threads. In the others moments come in as
integers (nanoseconds), so that a simulation in virtual time and a running pipeline use the very same objects, and the
same events give the same answers.
"""

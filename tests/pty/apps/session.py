"""Becomes a program as a terminal would start it: `session.py [option…] program [argument…]`.

Options: `--terminal` makes stdin the controlling terminal, `--ignore N` and `--block N` a signal as the program
inherits it, `--close N` a descriptor that it finds closed.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios


def main() -> None:
    arguments = sys.argv[1:]
    while arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option == "--terminal":
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        elif option == "--ignore":
            signal.signal(int(arguments.pop(0)), signal.SIG_IGN)
        elif option == "--block":
            signal.pthread_sigmask(signal.SIG_BLOCK, {int(arguments.pop(0))})
        elif option == "--close":
            os.close(int(arguments.pop(0)))
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()

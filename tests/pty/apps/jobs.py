"""A shell with one job: `jobs.py kill|resume program [argument…]` does that once the program is suspended.

At the end it tells the exit code, and whether the terminal is as it was while the job was in the background.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import tty


def main() -> None:
    verb, *command = sys.argv[1:]
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = subprocess.Popen(command, process_group=0)
    os.tcsetpgrp(0, job.pid)
    os.waitid(os.P_PID, job.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    os.tcsetpgrp(0, os.getpgrp())
    tty.setcbreak(0)
    own = termios.tcgetattr(0)
    if verb == "kill":
        os.killpg(job.pid, signal.SIGTERM)
    else:
        os.tcsetpgrp(0, job.pid)
    os.killpg(job.pid, signal.SIGCONT)
    code = job.wait()
    os.tcsetpgrp(0, os.getpgrp())
    state = "unchanged" if termios.tcgetattr(0) == own else "changed"
    sys.stdout.write(f"exit code {code}, terminal {state}\n")


if __name__ == "__main__":
    main()

"""A shell with one job: `jobs.py VERB program [argument…]` does something once the program is suspended.

kill      end it, as shells do: ask it to leave, and continue it
late      continue it, and only then ask it to leave
resume    continue it in the foreground
back      continue it in the background, and in the foreground once it is stopped again

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
    if verb == "back":
        os.waitid(os.P_PID, job.pid, os.WSTOPPED)
        os.killpg(job.pid, signal.SIGCONT)
        os.waitid(os.P_PID, job.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    if verb in ("resume", "back"):
        os.tcsetpgrp(0, job.pid)
    if verb == "kill":
        os.killpg(job.pid, signal.SIGTERM)
    os.killpg(job.pid, signal.SIGCONT)
    if verb == "late":
        os.killpg(job.pid, signal.SIGTERM)
    code = job.wait()
    os.tcsetpgrp(0, os.getpgrp())
    state = "unchanged" if termios.tcgetattr(0) == own else "changed"
    sys.stdout.write(f"exit code {code}, terminal {state}\n")


if __name__ == "__main__":
    main()

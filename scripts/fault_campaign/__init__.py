"""Faults for the database: killed writers, failing system calls, power cuts, full disks, damage and crowds.

`scripts/faults.py` runs them; `tests/faults` runs a small part of each. `layout` is the only module that knows the
names and the format of the files.
"""

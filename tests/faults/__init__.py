"""A small part of each fault of `scripts/faults.py`, each with a control that the check must notice.

What depends on the names and the format of the files stands in `fault_campaign.layout`.
"""

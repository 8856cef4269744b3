"""Holds what a run measured as plain data: ``report.json``, from which everything shown is made."""

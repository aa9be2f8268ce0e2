"""Checks: what is judged of the evidence; one registry for `verify` and `doctor`."""

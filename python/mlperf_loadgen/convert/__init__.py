"""Turns results into formats of other tools, and their files into results: a module a format."""

"""The commands of the program ``mlperf-loadgen``, a module each, imported when they are called.

The module of a command has ``parser()``, which describes its arguments, and ``main(given)``, which
gets those that were typed, by name, and returns an exit code. Results go to standard output,
everything else to standard error.
"""

"""The name of accuracy.py in the official app."""

from reference_apps.gnmt.accuracy import main

if __name__ == "__main__":
    main()

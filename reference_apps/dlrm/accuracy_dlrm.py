"""The score under the name of the official script: see accuracy.py."""

from reference_apps.dlrm.accuracy import main

if __name__ == "__main__":
    main()

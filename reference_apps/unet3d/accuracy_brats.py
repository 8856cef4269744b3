"""The name of accuracy.py in the official app."""

from reference_apps.unet3d.accuracy import main

if __name__ == "__main__":
    main()

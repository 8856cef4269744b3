"""The name of vision.accuracy_imagenet in older scripts."""

from reference_apps.vision.accuracy_imagenet import main

if __name__ == "__main__":
    main()

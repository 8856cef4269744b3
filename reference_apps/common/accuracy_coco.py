"""The name of vision.accuracy_coco in older scripts."""

from reference_apps.vision.accuracy_coco import main

if __name__ == "__main__":
    main()

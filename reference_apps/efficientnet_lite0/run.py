"""Classifies photographs with EfficientNet-Lite0 under LoadGen: python run.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from reference_apps.efficientnet_lite0.app import main

if __name__ == "__main__":
    main()

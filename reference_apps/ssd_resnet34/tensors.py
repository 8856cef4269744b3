"""The tensors of the official files, and what their last step keeps."""

SIDE = 1200  # pixels
ABOVE = 0.05  # a score that counts

# PyTorch and the ONNX file made from it: boxes (n, k, 4) as xmin, ymin, xmax, ymax in parts of the
# picture, labels (n, k) from 1, scores (n, k).
ONNX_INPUT = "image"
ONNX_OUTPUTS = ("bboxes", "labels", "scores")
OVERLAP = 0.5
COUNT = 200

# TensorFlow and the ONNX file made from it: boxes as ymin, xmin, ymax, xmax; sorted.
GRAPH_INPUT = "image:0"
GRAPH_OUTPUTS = ("detection_bboxes:0", "detection_classes:0", "detection_scores:0")
GRAPH_ABOVE = 0.01
GRAPH_OVERLAP = 0.45
GRAPH_CANDIDATES = 400  # of a class
GRAPH_OF_A_CLASS = 200  # without overlaps
GRAPH_COUNT = 400

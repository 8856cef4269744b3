"""The tensors of the official files, and what their last step keeps."""

SIDE = 1200  # pixels
# PyTorch and the ONNX file made from it: boxes (n, k, 4) as xmin, ymin, xmax, ymax in parts of the
# picture, labels (n, k) from 1, scores (n, k).
ONNX_INPUT = "image"
ONNX_OUTPUTS = ("bboxes", "labels", "scores")
# TensorFlow: boxes as ymin, xmin, ymax, xmax; sorted.
GRAPH_INPUT = "image:0"
GRAPH_OUTPUTS = ("detection_bboxes:0", "detection_classes:0", "detection_scores:0")
ABOVE = 0.05  # a score that counts
OVERLAP = 0.5
COUNT = 200

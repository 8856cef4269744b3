"""The tensors of the TensorFlow detection graph, and what its last step keeps."""

SIDE = 300  # pixels
INPUT = "image_tensor:0"
# (n), (n, 100, 4) as ymin, xmin, ymax, xmax in parts of the picture, (n, 100), (n, 100)
OUTPUTS = (
    "num_detections:0",
    "detection_boxes:0",
    "detection_scores:0",
    "detection_classes:0",
)
ABOVE = 0.3  # a score that counts; the graph of 2018_01_28 may have another
OVERLAP = 0.6
ADDED = 1e-5  # to a union, where PyTorch divides by it; boxes are in parts of the picture
COUNT = 100

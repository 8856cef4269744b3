"""The tensors of the official files: number of each piece, 1 where there is one, its segment."""

ONNX_INPUTS = ("input_ids", "input_mask", "segment_ids")
ONNX_OUTPUTS = ("output_start_logits", "output_end_logits")
TORCH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")  # the quantized ONNX file, too
GRAPH_INPUTS = ("input_ids:0", "input_mask:0", "segment_ids:0")
GRAPH_OUTPUT = "logits:0"

"""Names the tensors of 3D-UNet and writes it as an ONNX file or a frozen TensorFlow graph, with the
tensors of the official files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from reference_apps.common.frozen_graph import array, write_graph
from reference_apps.common.onnx_file import export
from reference_apps.unet3d.model import Block, UNet3d
from reference_apps.unet3d.processing import DIVISOR, MODALITIES

INPUT = "input"  # of both files
OUTPUT = "output"
TORCH_INPUTS = ("volumes",)
TORCH_OUTPUTS = ("logits", "logits_2", "logits_4", "logits_8", "logits_16")
_ONNX_OUTPUTS = (OUTPUT, "output_2", "output_4", "output_8", "output_16")  # down to a sixteenth


def write_onnx(network: UNet3d, path: Path) -> None:
    """Writes an ONNX file that takes float32 (n, 4, d, h, w) of any grid that the network takes. It
    has the five outputs of the network.
    """
    example = torch.zeros(1, MODALITIES, 2 * DIVISOR, DIVISOR, DIVISOR)
    export(network, example, path, INPUT, _ONNX_OUTPUTS, free_axes=(0, 2, 3, 4))


def write_frozen_graph(network: UNet3d, path: Path) -> None:
    """Writes a frozen graph that takes float32 (n, 4, d, h, w) of any grid that the network takes.
    Its output is the logits at that resolution.
    """
    write_graph(path, lambda tf: _build(tf, network))


def graph_prefix(path: Path) -> str:
    """Returns the prefix of the tensor names in a frozen graph: "import/" where TensorFlow has
    added it while importing, else none.
    """
    name = f"import/{INPUT}".encode()
    is_node = bytes([10, len(name)]) + name  # the first field of a NodeDef
    return "import/" if is_node in path.read_bytes() else ""


def _build(tf: Any, network: UNet3d) -> None:
    shape = (None, MODALITIES, None, None, None)
    volumes = tf.compat.v1.placeholder(tf.float32, shape, name=INPUT)
    x = tf.transpose(volumes, (0, 2, 3, 4, 1))  # the only order that convolutions support on a CPU
    skips = []
    for stage in network.conv_blocks_context:
        x = _through(tf, x, stage)
        skips.append(x)
    skips.pop()
    for enlarge, join in zip(network.tu, network.conv_blocks_localization, strict=True):
        assert isinstance(enlarge, nn.ConvTranspose3d)
        skip = skips.pop()
        x = _through(tf, tf.concat([_enlarged(tf, x, enlarge, skip), skip], axis=-1), join)
    logits = tf.nn.conv3d(x, _kernel(network.seg_outputs[-1]), [1] * 5, "VALID")
    tf.transpose(logits, (0, 4, 1, 2, 3), name=OUTPUT)


def _through(tf: Any, x: Any, layers: nn.Module) -> Any:
    for layer in layers.modules():
        if isinstance(layer, Block):
            assert layer.conv.bias is not None
            x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [1, 1], [0, 0]])
            x = tf.nn.conv3d(x, _kernel(layer.conv), [1, *layer.conv.stride, 1], "VALID")
            x = _norm(tf, tf.nn.bias_add(x, array(layer.conv.bias)), layer.instnorm)
            x = tf.nn.leaky_relu(x, layer.lrelu.negative_slope)
    return x


def _norm(tf: Any, x: Any, layer: nn.InstanceNorm3d) -> Any:
    mean, variance = tf.nn.moments(x, axes=(1, 2, 3), keepdims=True)
    return tf.nn.batch_normalization(
        x, mean, variance, array(layer.bias), array(layer.weight), layer.eps
    )


def _enlarged(tf: Any, x: Any, layer: nn.ConvTranspose3d, like: Any) -> Any:
    shape = tf.concat([tf.shape(like)[:-1], [layer.out_channels]], axis=0)
    kernel = array(layer.weight.permute(2, 3, 4, 1, 0))  # depth, height, width, out, in
    return tf.nn.conv3d_transpose(x, kernel, shape, [1, *layer.stride, 1], "VALID")


def _kernel(layer: nn.Module) -> Any:
    assert isinstance(layer, nn.Conv3d)
    return array(layer.weight.permute(2, 3, 4, 1, 0))  # depth, height, width, in, out

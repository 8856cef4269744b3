"""The networks of the vision apps: their size, their shapes, and where their boxes lie."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from reference_apps.mobilenet.model import MobileNet
from reference_apps.resnet50.model import ResNet50
from reference_apps.ssd_mobilenet import model as ssd_mobilenet
from reference_apps.ssd_mobilenet.model import SsdMobileNet
from reference_apps.ssd_resnet34 import model as ssd_resnet34
from reference_apps.ssd_resnet34 import tensorflow_model
from reference_apps.ssd_resnet34.model import SsdResNet34
from reference_apps.ssd_resnet34.tensorflow_model import LEAST_SIDE, TensorFlowSsdResNet34
from reference_apps.vision import boxes
from reference_apps.vision.layers import Residual, SameConv2d, SameMaxPool2d, same_padding


def parameters(network: Any) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def shapes(network: Any, side: int, batch: int = 1) -> list[tuple[int, ...]]:
    with torch.inference_mode():
        given = network.eval()(torch.zeros(batch, 3, side, side))
    return [tuple(tensor.shape) for tensor in (given if isinstance(given, tuple) else (given,))]


class TestResNet50:
    def test_it_has_the_parameters_of_the_paper_and_one_class_more(self) -> None:
        assert parameters(ResNet50(1000)) == 25_557_032
        assert parameters(ResNet50(1001)) == 25_557_032 + 2049

    def test_shapes(self) -> None:
        assert shapes(ResNet50(), 224, batch=2) == [(2, 1001)]
        assert shapes(ResNet50(1000, same_pool=False), 224) == [(1, 1000)]

    def test_the_stride_is_on_the_3x3_convolution(self) -> None:
        for stage in ResNet50().stages()[1:]:
            assert stage[0].conv1.stride == (1, 1)
            assert stage[0].conv2.stride == (2, 2)
            assert stage[0].downsample[0].stride == (2, 2)

    def test_parameters_are_named_as_in_torchvision(self) -> None:
        names = set(ResNet50().state_dict())
        assert {"conv1.weight", "layer1.0.downsample.0.weight", "layer4.2.bn3.running_var"} < names
        assert {"fc.weight", "fc.bias"} < names
        assert len(names) == 320


class TestMobileNet:
    def test_parameters(self) -> None:
        network = MobileNet()
        weights = [p for p in network.features.parameters() if p.ndim == 4]
        assert sum(weight.numel() for weight in weights) == 3_185_088
        assert parameters(network) == 3_185_088 + 2 * 10_944 + 1024 * 1001 + 1001

    def test_shapes(self) -> None:
        assert shapes(MobileNet(), 224, batch=2) == [(2, 1001)]


class TestSamePadding:
    def test_the_odd_pixel_goes_behind(self) -> None:
        assert same_padding(224, 3, 2) == (0, 1)
        assert same_padding(75, 3, 2) == (1, 1)
        assert same_padding(10, 3, 1) == (1, 1)
        assert same_padding(7, 1, 1) == (0, 0)

    @pytest.mark.parametrize("size", [1, 2, 3, 19, 150, 300])
    def test_as_many_outputs_as_strides_begin(self, size: int) -> None:
        for stride in (1, 2, 3):
            layer = SameConv2d(1, 1, 3, stride=stride)
            assert layer(torch.zeros(1, 1, size, size)).shape[-1] == math.ceil(size / stride)

    def test_what_a_pool_is_padded_with_is_never_the_greatest(self) -> None:
        pooled = SameMaxPool2d(3, stride=2)(-torch.ones(1, 1, 6, 5))
        assert pooled.shape == (1, 1, 3, 3)
        assert pooled.max() == pooled.min() == -1


class TestSsdMobileNet:
    def test_shapes(self) -> None:
        network = SsdMobileNet()
        assert shapes(network, 300) == [(1, 1917, 4), (1, 1917, 91)]
        with torch.inference_mode():
            maps = network.feature_maps(torch.zeros(1, 3, 300, 300))
        assert [(m.shape[1], m.shape[2], m.shape[3]) for m in maps] == [
            (512, 19, 19),
            (1024, 10, 10),
            (512, 5, 5),
            (256, 3, 3),
            (256, 2, 2),
            (128, 1, 1),
        ]

    def test_batch_norms_are_biases(self) -> None:
        assert parameters(SsdMobileNet()) == 6_812_127
        assert not [m for m in SsdMobileNet().modules() if isinstance(m, torch.nn.BatchNorm2d)]

    def test_anchors(self) -> None:
        anchors = ssd_mobilenet.anchors().numpy()
        assert anchors.shape == (1917, 4)
        root = math.sqrt(2)
        assert anchors[0] == pytest.approx((0.5 / 19, 0.5 / 19, 0.1, 0.1))
        assert anchors[1] == pytest.approx((0.5 / 19, 0.5 / 19, 0.2 / root, 0.2 * root))
        assert anchors[3] == pytest.approx((0.5 / 19, 1.5 / 19, 0.1, 0.1))
        second = anchors[3 * 19 * 19 :]
        assert second[0] == pytest.approx((0.05, 0.05, 0.35, 0.35))
        assert second[5, 2:] == pytest.approx([math.sqrt(0.35 * 0.5)] * 2)
        assert anchors[-1] == pytest.approx((0.5, 0.5, *[math.sqrt(0.95)] * 2))


class TestSsdResNet34:
    def test_shapes(self) -> None:
        assert shapes(SsdResNet34(), 1200) == [(1, 15_130, 4), (1, 15_130, 81)]

    def test_parameters(self) -> None:
        assert parameters(SsdResNet34()) == 19_972_534

    def test_default_boxes(self) -> None:
        default_boxes = ssd_resnet34.default_boxes().numpy()
        assert default_boxes.shape == (15_130, 4)
        assert default_boxes.min() >= 0
        assert default_boxes.max() <= 1
        side, between = 84 / 1200, math.sqrt(84 * 180) / 1200
        assert default_boxes[0] == pytest.approx((0.01, 0.01, side, side))
        assert default_boxes[1] == pytest.approx((0.03, 0.01, side, side))
        assert default_boxes[2500] == pytest.approx((0.01, 0.01, between, between))
        root = math.sqrt(2)
        assert default_boxes[5000, 2:] == pytest.approx((side * root, side / root))
        assert default_boxes[7500, 2:] == pytest.approx((side / root, side * root))
        assert default_boxes[10_000] == pytest.approx((0.02, 0.02, 180 / 1200, 180 / 1200))

    def test_a_head_goes_by_class_then_by_shape_of_box_then_by_cell(self) -> None:
        logits = logits_with_one_bias(SsdResNet34(), 7 * 4 + 2)  # class 7, shape 2
        assert logits[:, 7].nonzero().flatten().tolist() == list(range(5000, 7500))
        assert logits.count_nonzero() == 2500


class TestSsdResNet34FromTensorFlow:
    def test_it_has_other_maps_and_as_many_boxes_and_parameters(self) -> None:
        network = TensorFlowSsdResNet34()
        assert parameters(network) == parameters(SsdResNet34())
        with torch.inference_mode():
            maps = network.feature_maps(torch.zeros(1, 3, 1200, 1200))
            assert [m.shape[2] for m in maps] == [150, 75, 38, 19, 7, 7]
            assert network.logits(maps).shape == (1, 15_130, 81)

    def test_anchors(self) -> None:
        anchors = tensorflow_model.anchors().numpy()
        assert anchors.shape == (15_130, 4)
        root = math.sqrt(2)
        assert anchors[0] == pytest.approx((0.01, 0.01, 0.1414, 0.1414))
        assert anchors[1] == pytest.approx((0.01, 0.01, 0.1, 0.1))
        assert anchors[2] == pytest.approx((0.01, 0.01, 0.1 / root, 0.1 * root))
        assert anchors[3] == pytest.approx((0.01, 0.01, 0.1 * root, 0.1 / root), rel=1e-4)
        assert anchors[4] == pytest.approx((0.01, 0.03, 0.1414, 0.1414))
        third = anchors[10_000 + 3750 :]
        assert third[0] == pytest.approx((46 / 1200, 46 / 1200, 0.4541, 0.4541))
        assert third[4, 2:] == pytest.approx((0.375 / math.sqrt(3), 0.375 * math.sqrt(3)))
        assert anchors[-1] == pytest.approx(
            (1000 / 1200, 1000 / 1200, 0.9 * root, 0.9 / root), rel=1e-4
        )
        assert anchors[:, 2:].max() > 1  # not clipped

    def test_a_head_goes_by_cell_then_by_shape_of_box_then_by_class(self) -> None:
        logits = logits_with_one_bias(TensorFlowSsdResNet34(), 2 * 81 + 7)  # shape 2, class 7
        assert logits[:, 7].nonzero().flatten().tolist() == list(range(2, 10_000, 4))
        assert logits.count_nonzero() == 2500

    @pytest.mark.parametrize("network", [SsdResNet34, TensorFlowSsdResNet34])
    def test_the_weights_of_a_class(self, network: type[SsdResNet34]) -> None:
        detector = network()
        with torch.no_grad():
            head = detector.class_heads[0]
            head.weight.zero_()
            head.bias.zero_()
            detector.by_class(head.bias)[7] = 1
            detector.by_class(head.weight)[7] = 1
            maps = [torch.ones(1, h.in_channels, 3, 3) for h in detector.class_heads]
            logits = detector.logits(maps)[0, :4]
        assert logits[:, 7].min() > 1
        assert logits.count_nonzero() == 4

    def test_small_boxes_do_not_count_and_none_leaves_the_picture(self) -> None:
        detector = TensorFlowSsdResNet34().eval()
        with torch.inference_mode():
            for head in detector.box_heads:
                head.weight.zero_()
                head.bias.zero_()
            detector.box_heads[0].bias[2] = 5 * math.log(
                LEAST_SIDE / 0.1414 - 0.01
            )  # lower, shape 0
            maps = zero_maps(detector)
            detector.feature_maps = lambda images: maps  # type: ignore[method-assign]
            found, scores = (tensor[0] for tensor in detector(torch.zeros(1)))
        assert found.min() == 0
        assert found.max() == 1
        assert scores[:10_000:4].max() == 0
        assert scores[1:10_000:4].min() > 0
        sides = (found[:, 2:] - found[:, :2]).min(dim=1).values
        assert torch.equal(scores.amax(dim=1) > 0, sides > LEAST_SIDE)


def logits_with_one_bias(network: SsdResNet34, channel: int) -> torch.Tensor:
    """(15130, 81), where nothing but this channel of the first head is not 0."""
    with torch.no_grad():
        for head in network.class_heads:
            head.weight.zero_()
            head.bias.zero_()
        network.class_heads[0].bias[channel] = 5
        return network.logits(zero_maps(network))[0]


def zero_maps(network: SsdResNet34) -> list[torch.Tensor]:
    """What the heads may look at."""
    return [
        torch.zeros(1, head.in_channels, grid * 3, grid * 3)
        for head, grid in zip(network.class_heads, ssd_resnet34.GRIDS, strict=True)
    ]


class TestResidual:
    def test_a_shortcut_of_its_own_where_the_shape_changes(self) -> None:
        assert Residual(nn.Conv2d(4, 4, 3, padding=1)).downsample is None
        wider = Residual(nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 8, 1))
        assert wider(torch.zeros(1, 4, 6, 6)).shape == (1, 8, 6, 6)
        smaller = Residual(SameConv2d(4, 4, 3, stride=2), SameConv2d(4, 4, 3))
        assert smaller(torch.zeros(1, 4, 7, 7)).shape == (1, 4, 4, 4)
        assert isinstance(smaller.downsample, nn.Sequential)
        assert isinstance(smaller.downsample[0], SameConv2d)

    def test_it_adds(self) -> None:
        block = Residual(nn.Conv2d(1, 1, 1, bias=False)).eval()
        with torch.no_grad():
            block.steps()[0][0].weight.fill_(2)
        x = torch.tensor([1.0, -1.0]).view(1, 1, 1, 2)
        assert block(x).flatten().tolist() == pytest.approx([3, 0], abs=1e-4)


class TestCodes:
    def test_they_are_scaled_by_tenths_and_fifths(self) -> None:
        prior = torch.tensor([[0.5, 0.4, 0.2, 0.1]])
        codes = torch.tensor([[1.0, -2.0, 5 * math.log(2), 0.0]])
        box = boxes.decode(codes, prior)
        assert box[0].tolist() == pytest.approx((0.52 - 0.2, 0.38 - 0.05, 0.52 + 0.2, 0.38 + 0.05))
        torch.testing.assert_close(boxes.encode(box, prior), codes)

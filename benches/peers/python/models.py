"""Writes the networks as `.onnx` and `.tflite` files for batches of 1 and 256, beside their weights.

    python models.py FOLDER
"""

import sys
from pathlib import Path

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from onnx import TensorProto, helper, numpy_helper

from contestant import SEQUENCES, Network, padding

BATCHES = (1, 256)


def onnx_model(network, batch):
    nodes, weights, image, value = [], [], None, "x"

    def add(kind, *inputs, **attributes):
        nonlocal value
        output = f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, [value, *inputs], [output], **attributes))
        value = output

    def weight(name, array):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    for layer, size in network.steps():
        image = size if len(size) == 3 else image
        w, b = (network.weights.get(f"{layer.name}.{part}") for part in ("weight", "bias"))
        if layer.kind == "conv2d":
            pads = [padding(size[0], layer.output[0], w.shape[0])] * 4
            w = weight(f"{layer.name}.weight", w.transpose(3, 2, 0, 1))
            add("Conv", w, weight(f"{layer.name}.bias", b), pads=pads)
        elif layer.kind == "dense":
            w = weight(f"{layer.name}.weight", network.dense_channels_first(layer, image).T)
            image = None
            add("Gemm", w, weight(f"{layer.name}.bias", b), transB=1)
        elif layer.kind == "max_pool2d":
            pool = [size[0] // layer.output[0]] * 2
            add("MaxPool", kernel_shape=pool, strides=pool)
        else:
            add({"relu": "Relu", "tanh": "Tanh", "flatten": "Flatten", "softmax": "Softmax"}[layer.kind])
    nodes[-1].output[0] = "y"
    *places, channels = network.input
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, channels, *places])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, *network.layers[-1].output])
    graph = helper.make_graph(nodes, "network", [x], [y], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


class Lite:
    """A `.tflite` file: activations are fused into the layers before them, as the converter does."""

    def __init__(self, network, batch):
        self.codes, self.operators = [], []
        self.buffers, self.tensors = [tfl.BufferT()], []
        value = first = self.tensor([batch, *network.input])
        for layer, size in network.steps():
            value = self.layer(network, layer, size, batch, value)
        graph = tfl.SubGraphT(self.tensors, [first], [value], self.operators)
        self.model = tfl.ModelT(3, self.codes, [graph], buffers=self.buffers)

    def layer(self, network, layer, size, batch, value):
        output = [batch, *layer.output]
        w, b = (network.weights.get(f"{layer.name}.{part}") for part in ("weight", "bias"))
        if layer.kind == "relu":
            self.operators[-1].builtinOptions.fusedActivationFunction = tfl.ActivationFunctionType.RELU
            return value
        if layer.kind == "conv2d":
            same = padding(size[0], layer.output[0], w.shape[0]) > 0
            options = tfl.Conv2DOptionsT(tfl.Padding.SAME if same else tfl.Padding.VALID, 1, 1)
            inputs = [value, self.constant(w.transpose(3, 0, 1, 2)), self.constant(b)]
            return self.operator("CONV_2D", inputs, output, options)
        if layer.kind == "dense":
            inputs = [value, self.constant(w.T), self.constant(b)]
            return self.operator("FULLY_CONNECTED", inputs, output, tfl.FullyConnectedOptionsT())
        if layer.kind == "max_pool2d":
            n = size[0] // layer.output[0]
            options = tfl.Pool2DOptionsT(tfl.Padding.VALID, n, n, n, n)
            return self.operator("MAX_POOL_2D", [value], output, options)
        if layer.kind == "flatten":
            shape = self.constant(np.array(output, np.int32), tfl.TensorType.INT32)
            return self.operator("RESHAPE", [value, shape], output, tfl.ReshapeOptionsT(output))
        if layer.kind == "softmax":
            return self.operator("SOFTMAX", [value], output, tfl.SoftmaxOptionsT(1.0))
        return self.operator(layer.kind.upper(), [value], output, None)

    def operator(self, name, inputs, output, options):
        code = getattr(tfl.BuiltinOperator, name)
        self.codes.append(tfl.OperatorCodeT(code, version=1, builtinCode=code))
        kind = getattr(tfl.BuiltinOptions, type(options).__name__[:-1]) if options else 0
        made = self.tensor(output)
        self.operators.append(tfl.OperatorT(len(self.codes) - 1, inputs, [made], kind, options))
        return made

    def constant(self, array, kind=tfl.TensorType.FLOAT32):
        self.buffers.append(tfl.BufferT(np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)))
        return self.tensor(list(array.shape), len(self.buffers) - 1, kind)

    def tensor(self, shape, buffer=0, kind=tfl.TensorType.FLOAT32):
        self.tensors.append(tfl.TensorT(shape, kind, buffer, f"t{len(self.tensors)}"))
        return len(self.tensors) - 1

    def bytes(self):
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def main():
    folder = Path(sys.argv[1])
    for path in folder.glob("*.safetensors"):
        if path.stem in SEQUENCES:
            continue
        network = Network(folder, path.stem)
        for batch in BATCHES:
            (folder / f"{path.stem}_{batch}.onnx").write_bytes(onnx_model(network, batch))
            (folder / f"{path.stem}_{batch}.tflite").write_bytes(Lite(network, batch).bytes())


main()

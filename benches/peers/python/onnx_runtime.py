"""ONNX Runtime: all optimisations, input and output bound once."""

import onnxruntime
from contestant import Job, Network, channels_first, inputs, serve, time_calls


def main():
    job = Job.from_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = job.models / f"{job.network}_{job.batch}.onnx"
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    x = channels_first(inputs(job.batch, Network(job.models, job.network).input))
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    shape = session.get_outputs()[0].shape
    y = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, x.dtype)
    binding.bind_ortvalue_output("y", y)

    def call():
        session.run_with_iobinding(binding)

    def check():
        call()
        return y.numpy().flatten().tolist()

    figures = 2 if job.work == "latency" else 1
    about = f"ONNX Runtime {onnxruntime.__version__}, threads {job.threads}"
    serve(about, check, lambda seconds: time_calls(seconds, call)[:figures])


main()

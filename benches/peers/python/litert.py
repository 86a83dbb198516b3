"""LiteRT with its default delegate, XNNPACK. Only the call is timed, not the copies of input and output."""

from importlib.metadata import version

from ai_edge_litert.interpreter import Interpreter
from contestant import Job, Network, inputs, serve, time_calls


def main():
    job = Job.from_args()
    path = job.models / f"{job.network}_{job.batch}.tflite"
    interpreter = Interpreter(str(path), num_threads=job.threads)
    interpreter.allocate_tensors()
    x = inputs(job.batch, Network(job.models, job.network).input)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)

    def check():
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).flatten().tolist()

    figures = 2 if job.work == "latency" else 1
    about = f"LiteRT {version('ai-edge-litert')}, threads {job.threads}"
    serve(about, check, lambda seconds: time_calls(seconds, interpreter.invoke)[:figures])


main()

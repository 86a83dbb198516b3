//! tract over the `.onnx` files: inference on one thread.

#[path = "../../contestant.rs"]
mod contestant;

use contestant::{Job, inputs, serve, time_calls};
use tract_onnx::prelude::*;

fn main() -> TractResult<()> {
    let job = Job::from_args().expect("arguments WORK NETWORK THREADS MODELS");
    let path = job.models.join(format!("{}_{}.onnx", job.network, job.batch()));
    let model = tract_onnx::onnx().model_for_path(path)?.into_optimized()?;
    let shape = model.input_fact(0)?.shape.as_concrete().expect("known sizes").to_vec();
    let x = channels_first(&shape);
    let model = model.into_runnable()?;
    let call = || model.run(tvec!(x.clone())).expect("shapes fit");
    let check =
        || call()[0].to_plain_array_view::<f32>().expect("values").iter().copied().collect();
    serve("tract 0.23.9, threads 1", check, |seconds| {
        time_calls(seconds, || drop(call())).to_vec()
    });
    Ok(())
}

/// The inputs that every contestant computes, moved from channels last.
fn channels_first(shape: &[usize]) -> TValue {
    let values = inputs(shape.iter().product());
    let tensor = match *shape {
        [n, c, h, w] => tract_ndarray::Array4::from_shape_vec([n, h, w, c], values)
            .map(|images| images.permuted_axes([0, 3, 1, 2]).as_standard_layout().to_owned())
            .map(Tensor::from),
        _ => tract_ndarray::ArrayD::from_shape_vec(shape, values).map(Tensor::from),
    };
    tensor.expect("as many values as the shape says").into()
}

//! Convolutions: direct, by minimal filtering, and with the pooling after them.

use std::hint::black_box;

use monograd_runtime::{
    kernel::{Conv2d, Verbs, Window, winograd_filter_len, winograd_room},
    pointwise::Fun,
};

use super::{Bench, filled, ramp};

impl Bench {
    /// The layers of the classifier of digits, of LeNet-5 and of a small VGG, and rarer kinds.
    pub(super) fn convolutions(&self) {
        let [first, last] = [(32, [3, 32]), (16, [64, 64])].map(|(size, c)| square(size, c, 3, 1));
        let mut strided = square(32, [32, 64], 3, 1);
        (strided.window.output, strided.window.stride) = ([16; 2], [2; 2]);
        let [mnist, lenet] = [square(28, [1, 32], 3, 0), square(28, [1, 6], 5, 2)];
        for (conv, rows) in [(mnist, 128), (mnist, 1), (lenet, 128), (lenet, 1), (first, 64)] {
            self.conv_pool(conv, rows);
        }
        self.conv2d(square(14, [6, 16], 5, 0), 128);
        for conv in [
            first,
            square(32, [32, 32], 3, 1),
            square(16, [32, 64], 3, 1),
            last,
            square(8, [64, 128], 3, 1),
            square(8, [128, 128], 3, 1),
            square(28, [16, 16], 3, 1),
            square(28, [16, 32], 3, 1),
            square(14, [32, 32], 3, 0),
            square(4, [512, 512], 3, 1),
            square(6, [64, 64], 3, 1),
            square(16, [64, 64], 1, 0),
            strided,
            Conv2d { groups: 64, ..last },
            Conv2d { groups: 4, ..last },
        ] {
            self.conv2d(conv, 64);
            if conv.groups == 1 && conv.window.kernel == [3; 2] && conv.window.stride == [1; 2] {
                self.winograd(conv, 64);
                self.winograd(conv, 1);
            }
        }
    }

    /// By minimal filtering, in operations of direct sums.
    fn winograd(&self, conv: Conv2d, rows: usize) {
        let mut x = ramp(rows * conv.input_len());
        let mut y = ramp(rows * conv.output_len());
        let mut w = ramp(conv.weight_len());
        let [inputs, outputs] = [conv.input_channels, conv.output_channels];
        if inputs < 16 {
            return;
        }
        let mut room = filled(winograd_room(inputs, outputs, 96), 0.0);
        let mut u = filled(winograd_filter_len(inputs, outputs), 0.0);
        let bias = filled(conv.output_channels, 0.1);
        let [height, width] = conv.window.output;
        let operations = 2 * rows * height * width * conv.weight_len();
        let scalars = x.len() + y.len() + w.len();
        let name = name_of(&conv, rows);
        self.run(&format!("winograd {name}"), operations, scalars, || {
            let y = black_box(&mut y);
            f32::winograd(self.cpu, y, &mut room, &x, &w, Some(&bias), Some(Fun::Relu), rows, conv);
        });
        f32::winograd_filter(self.cpu, &mut u, &w, inputs, outputs);
        self.run(&format!("winograd_transformed {name}"), operations, scalars, || {
            let (y, bias, relu) = (black_box(&mut y), Some(&bias[..]), Some(Fun::Relu));
            f32::winograd_transformed(self.cpu, y, &mut room, &x, &u, bias, relu, rows, conv);
        });
        self.run(&format!("winograd_grad_input {name}"), operations, scalars, || {
            f32::winograd_grad_input(self.cpu, black_box(&mut x), &mut room, &y, &w, rows, conv);
        });
        self.run(&format!("winograd_grad_weight {name}"), operations, scalars, || {
            f32::winograd_grad_weight(self.cpu, black_box(&mut w), &mut room, &x, &y, rows, conv);
        });
    }

    fn conv2d(&self, conv: Conv2d, rows: usize) {
        let mut x = ramp(rows * conv.input_len());
        let mut y = ramp(rows * conv.output_len());
        let mut w = ramp(conv.weight_len());
        let mut partial = filled(8 * conv.weight_len(), 0.0);
        let bias = filled(conv.output_channels, 0.1);
        let [height, width] = conv.window.output;
        let operations = 2 * rows * height * width * conv.weight_len();
        let scalars = x.len() + y.len() + w.len();
        let name = name_of(&conv, rows);
        self.run(&format!("conv2d {name}"), operations, scalars, || {
            let y = black_box(&mut y);
            f32::conv2d(self.cpu, y, &x, &w, Some(&bias), Some(Fun::Relu), rows, conv);
        });
        self.run(&format!("conv2d_grad_input {name}"), operations, scalars, || {
            f32::conv2d_grad_input(self.cpu, black_box(&mut x), &y, &w, rows, conv);
        });
        self.run(&format!("conv2d_grad_weight {name}"), operations, scalars, || {
            f32::conv2d_grad_weight(self.cpu, black_box(&mut w), &mut partial, &x, &y, rows, conv);
        });
    }

    /// The convolution with its pooling, where the plan joins them. The gradient of the weight needs a
    /// quarter of the products.
    fn conv_pool(&self, conv: Conv2d, rows: usize) {
        let [height, width] = conv.window.output.map(|size| size / 2);
        let len = rows * height * width * conv.output_channels;
        let (x, dy, w) = (ramp(rows * conv.input_len()), ramp(len), ramp(conv.weight_len()));
        let (mut y, mut index, bias) = (filled(len, 0.0), vec![0; len], ramp(conv.output_channels));
        let sums = conv.weight_len() + conv.output_channels;
        let (mut dw, mut dbias, mut partial) = (w.clone(), bias.clone(), filled(8 * sums, 0.0));
        let operations = 2 * rows * height * width * conv.weight_len();
        let scalars = x.len() + y.len() + w.len();
        let (cpu, bias, relu) = (self.cpu, Some(&bias[..]), Some(Fun::Relu));
        let name = name_of(&conv, rows);
        self.run(&format!("conv2d_max_pool2d {name}"), 4 * operations, scalars, || {
            let y = black_box(&mut y);
            f32::conv2d_max_pool2d(cpu, y, None, &x, &w, bias, relu, rows, conv);
        });
        self.run(&format!("conv2d_max_pool2d indexed {name}"), 4 * operations, scalars, || {
            let (y, index) = (black_box(&mut y), Some(&mut index[..]));
            f32::conv2d_max_pool2d(cpu, y, index, &x, &w, bias, relu, rows, conv);
        });
        self.run(&format!("conv2d_max_pool2d_grad_weight {name}"), operations, scalars, || {
            let (dw, dbias, kept) = (black_box(&mut dw), Some(&mut dbias[..]), Some(&y[..]));
            let gradient = f32::conv2d_max_pool2d_grad_weight;
            gradient(cpu, dw, dbias, &mut partial, &x, &dy, kept, &index, rows, conv);
        });
    }
}

/// A convolution of a square image.
fn square(size: usize, [ci, co]: [usize; 2], kernel: usize, padding: usize) -> Conv2d {
    let window = Window {
        input: [size; 2],
        output: [size + 2 * padding + 1 - kernel; 2],
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [padding; 2],
        dilation: [1; 2],
    };
    Conv2d { window, input_channels: ci, output_channels: co, groups: 1 }
}

fn name_of(conv: &Conv2d, rows: usize) -> String {
    let Conv2d { window, input_channels, output_channels, groups } = conv;
    let groups = if *groups > 1 { format!(" groups {groups}") } else { String::new() };
    let [size, kernel, stride] = [window.input[0], window.kernel[0], window.stride[0]];
    format!(
        "{size}x{size} {input_channels}->{output_channels} {kernel}x{kernel}/{stride}{groups} x{rows}"
    )
}

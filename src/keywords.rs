//! The words of layers, for editors: expansions name these items where the words stand, so that one
//! shows what its layer does. Written from the registry of the compiler.

/// Mean of each channel over windows that share out the image evenly, from `[height, width, channels]`
/// to `[h, w, channels]`; `h` divides the height and `w` the width.
///
/// - `size`: height and width of the output, one number or `(h, w)`.
///
/// ```text
/// [4, 6, 2] -> [2, 3, 2] { tanh, adaptive_avg_pool2d((2, 3)) }
/// ```
pub mod adaptive_avg_pool2d {}

/// Maximum of each channel over windows that share out the image evenly, from `[height, width, channels]`
/// to `[h, w, channels]`; `h` divides the height and `w` the width.
///
/// - `size`: height and width of the output, one number or `(h, w)`.
///
/// ```text
/// [4, 6, 2] -> [2, 3, 2] { tanh, adaptive_max_pool2d((2, 3)) }
/// ```
pub mod adaptive_max_pool2d {}

/// The sum of the current value and earlier ones of the same shape: `y = x + a + b + ..`. Beside an image
/// `[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel.
///
/// - `wires`: the names of the layers whose values are added, such as `add(stem)` or `add(left, right)`.
///
/// ```text
/// [3] -> [2] { stem: dense(4), tanh, dense(4), add(stem), dense(2) }
/// ```
pub mod add {}

/// Every step of `[time, features]` becomes a mean of all steps, weighted by how well they fit, head by
/// head: `softmax(q · kᵀ / √head_size) · v`, with `q = x · query + query_bias` and `k` and `v` alike; the
/// heads side by side are multiplied by `output` (Vaswani et al. 2017). The shape stays as it is.
///
/// - `heads`: the number of heads, which divides the features unless `head_size` is given.
/// - `key_value_heads = heads`: heads of keys and values, each for as many heads of queries that follow one
///   another: 1 is multi-query attention (Shazeer 2019), more are grouped-query attention (Ainslie et al.
///   2023).
/// - `head_size = features / heads`: features of a head.
/// - `causal = false`: whether a step sees none after it.
/// - `rotary = false`: whether queries and keys are turned by angles that grow with time, so that scores
///   depend on distances (Su et al. 2021): the features `i` and `i + head_size / 2` of a head by
///   `t / 10000^(2i / head_size)`, the halves as pairs as in GPT-NeoX and Llama. `rotation` is the fixed
///   table of sines and cosines.
/// - `bias = true`: whether the four biases are added.
/// - `init = glorot_uniform`: how the four weights start.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of its weights in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters, with `n = heads · head_size` and `m = key_value_heads · head_size`: `query [features, n]`,
/// `query_bias [n]`, `key [features, m]`, `key_bias [m]`, `value [features, m]`, `value_bias [m]`,
/// `output [n, features]`, `output_bias [features]`; where `rotary`, the state `rotation [time, head_size]`.
///
/// ```text
/// [5, 4] -> [5, 4] { layer_norm, attention(2, causal = true) }
/// ```
pub mod attention {}

/// The mean of the current value and earlier ones of the same shape: `y = (x + a + b + ..) / n`.
///
/// - `wires`: the names of the layers whose values are averaged, such as `average(left)`.
///
/// ```text
/// [3] -> [2] { left: dense(4), from(input), dense(4), average(left), dense(2) }
/// ```
pub mod average {}

/// Mean of each feature over windows: `y[t, c] = mean x[t·s + p - pad, c]`
/// over the taps `p`, from `[time, features]` to `[time', features]`.
/// The mean is of the taps that lie inside the sequence.
///
/// - `size`: the length of the window.
/// - `stride`: steps `s` between windows, by default the size.
/// - `padding = valid`: `valid` for none, so that `time' = ⌊(time - size) / s⌋ + 1`; `same` for
///   `time' = ⌈time / s⌉`, the odd step after the end as in Keras; or the number of steps added on each
///   side.
///
/// ```text
/// [6, 2] -> [3, 2] { avg_pool1d(2) }
/// ```
pub mod avg_pool1d {}

/// Mean of each channel over windows: `y[i, j, c] = mean x[i·s + p - pad, j·s + q - pad, c]`
/// over the taps `p, q`, from `[height, width, channels]` to `[height', width', channels]`. The mean
/// is of the taps that lie inside the image.
///
/// - `size`: height and width of the window, one number or `(height, width)`.
/// - `stride`: steps `s` between windows, by default the size.
/// - `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
///   `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or the width of the
///   border on each side.
///
/// ```text
/// [4, 6, 2] -> [2, 3, 2] { avg_pool2d(2) }
/// ```
pub mod avg_pool2d {}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta` for every channel or feature `c`, the last dimension,
/// over any shape (Ioffe and Szegedy 2015). While training, `mean` and `var` are those of the batch and move
/// the stored ones: `stored = momentum · stored + (1 - momentum) · batch`, with the biased variance as in
/// Keras. At inference, and where the layer is frozen, they are the stored ones.
///
/// - `momentum = 0.99`: the share of the stored statistics that a step keeps, from 0 to 1.
/// - `epsilon = 0.001`: added to the variance, from 1e-9 to 1.
///
/// Parameters: `gamma [c]`, `beta [c]`; state: `mean [c]`, `var [c]`.
///
/// ```text
/// [3] -> [2] { dense(4, bias = false), batch_norm, tanh, dense(2) }
/// ```
pub mod batch_norm {}

/// The current value and earlier ones side by side along the last dimension: from `[h, w, a]` and
/// `[h, w, b]` to `[h, w, a + b]`, from `[a]` and `[b]` to `[a + b]`. All other sizes are equal.
///
/// - `wires`: the names of the layers whose values come after the current one, such as `concat(skip)`.
///
/// ```text
/// [3] -> [2] { skip: dense(4), tanh, dense(2), concat(skip), dense(2) }
/// ```
pub mod concat {}

/// Convolution over time: `y[t, o] = Σ x[t·s + p·d - pad, c] · weight[p, c, o] + bias[o]` over the
/// taps `p` of the kernel and the input channels `c` of `o`'s group, zero outside the sequence, from
/// `[time, features]` to `[time', filters]` (Waibel et al. 1989).
///
/// - `filters`: the number of output features.
/// - `kernel`: the length of the window.
/// - `stride = 1`: steps `s` between windows.
/// - `padding = valid`: `valid` for none, so that `time' = ⌊(time - extent) / s⌋ + 1` with
///   `extent = (kernel - 1) · d + 1`; `same` for `time' = ⌈time / s⌉`, the odd zero after the end as in
///   Keras; `causal` for all of these zeros before the start, so that `y[t]` sees no step after `t·s`;
///   or the number of zeros on each side.
/// - `dilation = 1`: steps `d` between the taps of a window.
/// - `groups = 1`: output features of a group see the input features of the same group only.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [kernel, features / groups, filters]`, `bias [filters]`.
///
/// ```text
/// [6, 2] -> [4, 3] { conv1d(3, kernel = 3) }
/// ```
pub mod conv1d {}

/// Transposed convolution over time, the reverse of `conv1d`: every step adds `x[t, c] · weight[p, o, c]` to
/// the output at `[t·s + p·d - pad, o]`, and `bias[o]` is added, from `[time, features]` to
/// `[time', filters]`.
///
/// - `filters`: the number of output features.
/// - `kernel`: the length of the window.
/// - `stride = 1`: steps `s` between windows, so that the output is about `s` times as long.
/// - `padding = valid`: `valid` for none, so that `time' = (time - 1) · s + extent` with
///   `extent = (kernel - 1) · d + 1`; `same` for `time' = time · s`; or the number of steps that are cut off
///   the output on each side.
/// - `dilation = 1`: steps `d` between the taps of a window.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [kernel, filters, features]`, `bias [filters]`.
///
/// ```text
/// [4, 2] -> [6, 3] { conv1d_transpose(3, kernel = 3) }
/// ```
pub mod conv1d_transpose {}

/// Convolution: `y[i, j, o] = Σ x[i·s + p·d - pad, j·s + q·d - pad, c] · weight[p, q, c, o] + bias[o]` over
/// the taps `p, q` of the kernel and the input channels `c` of `o`'s group, zero outside the image, from
/// `[height, width, channels]` to `[height', width', filters]` (LeCun et al. 1989).
///
/// - `filters`: the number of output channels.
/// - `kernel`: height and width of the window, one number or `(height, width)`.
/// - `stride = 1`: steps `s` between windows.
/// - `padding = valid`: `valid` for none, so that `height' = ⌊(height - extent) / s⌋ + 1` with
///   `extent = (kernel - 1) · d + 1`; `same` for `height' = ⌈height / s⌉`, the odd pixel below and to the
///   right as in Keras; or the number of zeros on each side.
/// - `dilation = 1`: steps `d` between the taps of a window.
/// - `groups = 1`: output channels of a group see the input channels of the same group only; as many
///   groups as channels make it depthwise.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [kernel height, kernel width, channels / groups, filters]`, `bias [filters]`.
///
/// ```text
/// [4, 5, 2] -> [2, 3, 3] { conv2d(3, kernel = 3) }
/// ```
pub mod conv2d {}

/// Transposed convolution, the reverse of `conv2d`: every pixel adds `x[i, j, c] · weight[p, q, o, c]` to
/// the output at `[i·s + p·d - pad, j·s + q·d - pad, o]`, and `bias[o]` is added, from
/// `[height, width, channels]` to `[height', width', filters]` (Zeiler et al. 2010).
///
/// - `filters`: the number of output channels.
/// - `kernel`: height and width of the window, one number or `(height, width)`.
/// - `stride = 1`: steps `s` between windows, so that the output is about `s` times as large.
/// - `padding = valid`: `valid` for none, so that `height' = (height - 1) · s + extent` with
///   `extent = (kernel - 1) · d + 1`; `same` for `height' = height · s`; or the number of pixels that are
///   cut off the output on each side.
/// - `dilation = 1`: steps `d` between the taps of a window.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [kernel height, kernel width, filters, channels]`, `bias [filters]`.
///
/// ```text
/// [2, 3, 2] -> [4, 5, 3] { conv2d_transpose(3, kernel = 3) }
/// ```
pub mod conv2d_transpose {}

/// An image without its borders: `y[i, j, c] = x[i + top, j + left, c]`, from `[height, width, channels]` to
/// `[height - top - bottom, width - left - right, channels]`.
///
/// - `size = 0`: pixels cut off every side, one number or `(above and below, left and right)`.
/// - `top`: rows above, by default the size.
/// - `bottom`: rows below.
/// - `left`: columns to the left.
/// - `right`: columns to the right.
///
/// ```text
/// [4, 5, 2] -> [2, 3, 2] { tanh, crop2d(1) }
/// ```
pub mod crop2d {}

/// Every output sees every input: `y[n] = Σ x[k] · weight[k, n] + bias[n]`, from `[k]` to `[n]`, or for
/// every step of a sequence from `[time, k]` to `[time, n]`. Put `flatten` before it where the input is
/// an image.
///
/// - `units`: the number `n` of outputs.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [k, n]`, `bias [n]`.
///
/// ```text
/// [4] -> [3] { dense(5), tanh, dense(3) }
/// ```
pub mod dense {}

/// Depthwise convolution: `y[i, j, c·m + n] = Σ x[i·s + p·d - pad, j·s + q·d - pad, c] · weight[p, q, c, n]
/// + bias[c·m + n]` over the taps `p, q` of the kernel, zero outside the image, from
/// `[height, width, channels]` to `[height', width', channels · m]` (Sifre 2014): every channel `c` by
/// itself makes `m` output channels.
///
/// - `kernel = 3`: height and width of the window, one number or `(height, width)`.
/// - `multiplier = 1`: output channels `m` of every input channel.
/// - `stride = 1`: steps `s` between windows.
/// - `padding = valid`: `valid`, `same` or the number of zeros on each side, as in `conv2d`.
/// - `dilation = 1`: steps `d` between the taps of a window.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [kernel height, kernel width, channels, m]`, `bias [channels · m]`.
///
/// ```text
/// [4, 5, 3] -> [2, 3, 3] { depthwise_conv2d }
/// ```
pub mod depthwise_conv2d {}

/// While training `y = x / (1 - rate)` with probability `1 - rate`, else 0; at inference `y = x`, over any
/// shape (Srivastava et al. 2014). What is dropped is a function of the seed, the step and the layer.
///
/// - `rate`: the probability of a zero, from 0 to 0.99.
///
/// ```text
/// [4] -> [2] { dense(5), dropout(0.4), dense(2) }
/// ```
pub mod dropout {}

/// Exponential linear unit: `y = x` where `x > 0`, else `alpha · (eˣ - 1)`, over any shape
/// (Clevert et al. 2015).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// - `alpha = 1`: the value at minus infinity, negated, from 0 to 100.
///
/// ```text
/// [3] -> [2] { dense(4), elu(1.7), dense(2) }
/// ```
pub mod elu {}

/// Row `x[t]` of a table: `y[t, i] = weight[⌊x[t]⌋, i]`, from `[time]` to `[time, width]`. Indices are
/// scalars of the network, such as `7.0`, which are exact up to 16777216 in `f32`. The nearest row is
/// taken where there is none of that number, the first for NaN; indices have no gradient.
///
/// - `vocabulary`: the number of rows.
/// - `width`: features of a row.
/// - `init = glorot_uniform`: how `weight` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [vocabulary, width]`.
///
/// ```text
/// [3] -> [3, 2] { embedding(4, width = 2), tanh }
/// ```
pub mod embedding {}

/// The same values in the same order with one dimension: from `[height, width, channels]` to
/// `[height · width · channels]`. It costs nothing at run time.
///
/// ```text
/// [2, 2, 2] -> [3] { tanh, flatten, dense(3) }
/// ```
pub mod flatten {}

/// Continues from an earlier value: what follows reads it, and no longer the value before. It costs nothing
/// at run time.
///
/// - `wires`: the name of the layer to continue from, such as `from(stem)`, or `from(input)`.
///
/// ```text
/// [3] -> [2] { left: dense(4), from(input), dense(4), add(left), dense(2) }
/// ```
pub mod from {}

/// While training `y = x + stddev · n` with `n` of the standard normal distribution, at inference
/// `y = x`, over any shape. The noise is a function of the seed, the step and the layer.
///
/// - `stddev`: the standard deviation of the noise, from 0 to 1000.
///
/// ```text
/// [4] -> [3] { dense(5), gaussian_noise(0.3), dense(3) }
/// ```
pub mod gaussian_noise {}

/// Gaussian error linear unit: `y = x · Φ(x)` with the normal distribution function `Φ`, over any shape
/// (Hendrycks and Gimpel 2016).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// - `approximate = none`: with `tanh`, `y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.
///
/// ```text
/// [3] -> [2] { dense(4), gelu, dense(2) }
/// ```
pub mod gelu {}

/// Mean of each feature over time: `y[c] = mean x[t, c]`, from `[time, features]` to `[features]`.
/// `mean_over_time` is the same.
///
/// ```text
/// [5, 3] -> [3] { global_avg_pool1d }
/// ```
pub mod global_avg_pool1d {}

/// Mean of each channel over the image: `y[c] = mean x[i, j, c]`, from `[height, width, channels]` to
/// `[channels]` (Lin et al. 2013).
///
/// ```text
/// [3, 4, 2] -> [2] { global_avg_pool2d }
/// ```
pub mod global_avg_pool2d {}

/// Maximum of each feature over time: `y[c] = max x[t, c]`, from `[time, features]` to `[features]`. The
/// gradient goes to the winner, the first of equals.
///
/// ```text
/// [5, 3] -> [3] { global_max_pool1d }
/// ```
pub mod global_max_pool1d {}

/// Maximum of each channel over the image: `y[c] = max x[i, j, c]`, from `[height, width, channels]` to
/// `[channels]`. The gradient goes to the winner, the first of equals.
///
/// ```text
/// [3, 4, 2] -> [2] { global_max_pool2d }
/// ```
pub mod global_max_pool2d {}

/// `y[i] = x[i] · sigmoid(x[n + i])`: the first half of the last dimension times a function of the
/// second, from `2n` features to `n`, over any shape (Dauphin et al. 2017). A `dense` before it has twice
/// as many units as are to be left.
///
/// ```text
/// [3] -> [2] { dense(8), glu, dense(2) }
/// ```
pub mod glu {}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over all pixels and the
/// channels of each of `groups` shares of the channels of a sample, over any shape (Wu and He 2018).
///
/// - `groups`: the number of groups, which divides the channels.
/// - `epsilon = 0.001`: added to the variance, from 1e-9 to 1.
///
/// Parameters: `gamma [channels]`, `beta [channels]`.
///
/// ```text
/// [2, 3, 6] -> [2, 3, 6] { group_norm(2) }
/// ```
pub mod group_norm {}

/// Gated recurrent units (Cho et al. 2014), from `[time, features]` to `[units]`, the state after the last
/// step, or `[time, units]`. With gates `[z, r, n]` in this order as in Keras (PyTorch has `r` first),
/// `a = x[t] · weight + bias` and `q = h[t-1] · recurrent_weight + recurrent_bias`: `z = σ(a_z + q_z)`,
/// `r = σ(a_r + q_r)`, `n = tanh(a_n + r · q_n)` and `h[t] = z · h[t-1] + (1 - z) · n`, from zeros. The
/// reset acts after the product, as in PyTorch and as Keras has it by default (`reset_after = True`). To
/// stack, write several: `gru(64, return_sequences = true), gru(64)`.
///
/// - `units`: the number of units.
/// - `return_sequences = false`: whether the output has the state of every step, rather than of the last.
/// - `bidirectional = false`: whether further units go from the last step to the first; their states, each
///   at its own step or that after the first, follow the others, `2 · units` features in all.
/// - `bias = true`: whether `bias` and `recurrent_bias` are added.
/// - `init = glorot_uniform`: how `weight` starts, all gates as one matrix, as in Keras.
/// - `recurrent_init = orthogonal`: how `recurrent_weight` starts.
/// - `bias_init = zeros`: how both biases start.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [features, 3 · units]`, `recurrent_weight [units, 3 · units]`, `bias [3 · units]`,
/// `recurrent_bias [3 · units]`; the same with `backward_` before the name for the other direction.
///
/// ```text
/// [5, 2] -> [3] { gru(3) }
/// ```
pub mod gru {}

/// Piecewise linear sigmoid: `y = min(max(x + 3, 0), 6) / 6`, over any shape (Howard et al. 2019).
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), hard_sigmoid, dense(2) }
/// ```
pub mod hard_sigmoid {}

/// Piecewise quadratic swish: `y = x · min(max(x + 3, 0), 6) / 6`, over any shape (Howard et al. 2019).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// ```text
/// [3] -> [2] { dense(4), hard_swish, dense(2) }
/// ```
pub mod hard_swish {}

/// Hyperbolic tangent of three straight lines: `y = min(max(x, -1), 1)`, over any shape (Collobert 2004).
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), hard_tanh, dense(2) }
/// ```
pub mod hard_tanh {}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over all pixels of each
/// channel of a sample, from `[height, width, channels]` or `[time, features]` to the same (Ulyanov et
/// al. 2016).
///
/// - `epsilon = 0.001`: added to the variance, from 1e-9 to 1.
///
/// Parameters: `gamma [channels]`, `beta [channels]`.
///
/// ```text
/// [2, 3, 4] -> [2, 3, 4] { instance_norm }
/// ```
pub mod instance_norm {}

/// The last step of a sequence: `y[c] = x[time - 1, c]`, from `[time, features]` to `[features]`.
///
/// ```text
/// [4, 3] -> [3] { tanh, last }
/// ```
pub mod last {}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over the last dimension, the
/// features of a vector, of a step or of a pixel, over any shape (Ba et al. 2016).
///
/// - `epsilon = 0.001`: added to the variance, from 1e-9 to 1.
///
/// Parameters: `gamma [features]`, `beta [features]`.
///
/// ```text
/// [3] -> [2] { dense(5), layer_norm, dense(2) }
/// ```
pub mod layer_norm {}

/// Leaky rectified linear unit: `y = x` where `x > 0`, else `slope · x`, over any shape (Maas et al. 2013).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// - `slope = 0.01`: from 0 to 1.
///
/// ```text
/// [3] -> [2] { dense(4), leaky_relu(0.3), dense(2) }
/// ```
pub mod leaky_relu {}

/// `y[n] = x[n] - max x - ln Σ exp(x - max x)` over the last dimension: the logarithm of `softmax`, without
/// its loss of precision, over any shape.
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [4] -> [3] { dense(3), log_softmax }
/// ```
pub mod log_softmax {}

/// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gates of Gers et al. 2000),
/// from `[time, features]` to `[units]`, the state after the last step, or `[time, units]`. With
/// `[i, f, g, o] = x[t] · weight + h[t-1] · recurrent_weight + bias`, in this order as in Keras and PyTorch:
/// `c[t] = σ(f) · c[t-1] + σ(i) · tanh(g)` and `h[t] = σ(o) · tanh(c[t])`, from zeros. PyTorch's two biases
/// are one here, their sum. To stack, write several: `lstm(64, return_sequences = true), lstm(64)`.
///
/// - `units`: the number of units.
/// - `return_sequences = false`: whether the output has the state of every step, rather than of the last.
/// - `bidirectional = false`: whether further units go from the last step to the first; their states, each
///   at its own step or that after the first, follow the others, `2 · units` features in all.
/// - `bias = true`: whether `bias` is added.
/// - `init = glorot_uniform`: how `weight` starts, all gates as one matrix, as in Keras.
/// - `recurrent_init = orthogonal`: how `recurrent_weight` starts.
/// - `bias_init`: how `bias` starts, by default ones for `f` and zeros for the others (Jozefowicz 2015).
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [features, 4 · units]`, `recurrent_weight [units, 4 · units]`, `bias [4 · units]`;
/// the same with `backward_` before the name for the other direction.
///
/// ```text
/// [5, 2] -> [3] { lstm(3) }
/// ```
pub mod lstm {}

/// Maximum of each feature over windows: `y[t, c] = max x[t·s + p - pad, c]`
/// over the taps `p`, from `[time, features]` to `[time', features]`.
/// What lies outside the sequence does not take part. The gradient goes to the winner, the first of equals.
///
/// - `size`: the length of the window.
/// - `stride`: steps `s` between windows, by default the size.
/// - `padding = valid`: `valid` for none, so that `time' = ⌊(time - size) / s⌋ + 1`; `same` for
///   `time' = ⌈time / s⌉`, the odd step after the end as in Keras; or the number of steps added on each
///   side.
///
/// ```text
/// [6, 2] -> [3, 2] { max_pool1d(2) }
/// ```
pub mod max_pool1d {}

/// Maximum of each channel over windows: `y[i, j, c] = max x[i·s + p - pad, j·s + q - pad, c]`
/// over the taps `p, q`, from `[height, width, channels]` to `[height', width', channels]`. What lies
/// outside the image does not take part. The gradient goes to the winner, the first of
/// equals.
///
/// - `size`: height and width of the window, one number or `(height, width)`.
/// - `stride`: steps `s` between windows, by default the size.
/// - `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
///   `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or the width of the
///   border on each side.
///
/// ```text
/// [4, 6, 2] -> [2, 3, 2] { max_pool2d(2) }
/// ```
pub mod max_pool2d {}

/// The largest of the current value and earlier ones of the same shape, element by element, as in maxout
/// (Goodfellow et al. 2013). Where values are equal they share the gradient.
///
/// - `wires`: the names of the layers whose values are compared, such as `maximum(left)`.
///
/// ```text
/// [3] -> [2] { left: dense(4), from(input), dense(4), maximum(left), dense(2) }
/// ```
pub mod maximum {}

/// Mean of each feature over time: `y[c] = mean x[t, c]`, from `[time, features]` to `[features]`.
/// `global_avg_pool1d` is the same.
///
/// ```text
/// [4, 2] -> [2] { mean_over_time }
/// ```
pub mod mean_over_time {}

/// `y = x · tanh(ln(1 + eˣ))`, over any shape (Misra 2019).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// ```text
/// [3] -> [2] { dense(4), mish, dense(2) }
/// ```
pub mod mish {}

/// The product of the current value and earlier ones of the same shape, element by element:
/// `y = x · a · b · ..`. A gate is such a product (Hochreiter and Schmidhuber 1997). Beside an image
/// `[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel, as
/// in squeeze and excitation (Hu et al. 2018): `body: relu, global_avg_pool2d, dense(8), sigmoid,
/// multiply(body)`.
///
/// - `wires`: the names of the layers whose values are multiplied, such as `multiply(gate)`.
///
/// ```text
/// [3] -> [2] { gate: dense(4), sigmoid, multiply(gate), dense(2) }
/// ```
pub mod multiply {}

/// Zeros around an image: `y[i, j, c] = x[i - top, j - left, c]`, zero outside, from
/// `[height, width, channels]` to `[top + height + bottom, left + width + right, channels]`.
///
/// - `size = 0`: zeros on every side, one number or `(above and below, left and right)`.
/// - `top`: rows above, by default the size.
/// - `bottom`: rows below.
/// - `left`: columns to the left.
/// - `right`: columns to the right.
///
/// ```text
/// [2, 3, 2] -> [4, 5, 2] { tanh, pad2d(1) }
/// ```
pub mod pad2d {}

/// Branches that all read the value before it and whose values are combined (Szegedy et al. 2015):
/// `parallel(concat) { { conv2d(8, kernel = 1) }, { conv2d(8, kernel = 3, padding = same), relu } }`.
/// An empty branch `{}` passes the value on. Layers of branches have names like all others.
///
/// - `combine`: `concat`, `add`, `multiply`, `maximum` or `average`, as the layers of these names do.
///
/// ```text
/// [3] -> [2] { parallel(concat) { { dense(2) }, { dense(3), tanh }, {} }, dense(2) }
/// ```
pub mod parallel {}

/// Axis `k` of the output is axis `axes[k]` of the input: `permute([2, 0, 1])` goes from
/// `[height, width, channels]` to `[channels, height, width]`.
///
/// - `axes`: the axes of the input, counted from 0, in the order of the output.
///
/// ```text
/// [2, 3, 4] -> [4, 2, 3] { tanh, permute([2, 0, 1]) }
/// ```
pub mod permute {}

/// `y[t, i] = x[t, i] + table[t, i]`, over `[time, features]`, so that later layers know the place of a
/// step. `learned`: the table is the trained `weight`. `sinusoidal`: it is fixed,
/// `sin(t / 10000^(2i / features))` in column `2i` and the cosine in the column after it (Vaswani et al.
/// 2017), and a state `table` of that shape.
///
/// - `kind = learned`: `learned` or `sinusoidal`.
/// - `init = glorot_uniform`: how `weight` starts.
///
/// Parameters: `weight [time, features]`.
///
/// ```text
/// [3, 2] -> [3, 2] { position_embedding, tanh }
/// ```
pub mod position_embedding {}

/// `y = x` where `x > 0`, else `alpha[c] · x`, with a slope for every channel or feature `c`, the last
/// dimension, over any shape (He et al. 2015). Weights before it start as `he_uniform`.
///
/// - `alpha_init = constant(0.25)`: how `alpha` starts.
///
/// Parameters: `alpha [c]`.
///
/// ```text
/// [3] -> [2] { dense(5), prelu, dense(2) }
/// ```
pub mod prelu {}

/// Rectified linear unit: `y = max(x, 0)`, over any shape (Nair and Hinton 2010).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// ```text
/// [3] -> [2] { dense(4), relu, dense(2) }
/// ```
pub mod relu {}

/// Rectified linear unit with a ceiling: `y = min(max(x, 0), 6)`, over any shape (Howard et al. 2017).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// ```text
/// [3] -> [2] { dense(4), relu6, dense(2) }
/// ```
pub mod relu6 {}

/// Layers that take turns, each from the value of the turn before and with parameters of its own:
/// `repeat(4) { residual { dense(64), relu, dense(64) } }`. A turn yields the shape that it takes. It is a
/// loop, so that the code does not grow with the number of turns; the parameters of its layers are arrays
/// over the turns, in views and in files. A network or a layer of your own within keeps its parameters
/// together: `net.body()` is an array over the turns, and files have `body.0.dense1.weight`,
/// `body.1.dense1.weight`. A network there is declared with `#[part]`, unless it is frozen.
///
/// - `times`: the number of turns, at most 10000, of a `repeat` within others with theirs.
///
/// ```text
/// [3] -> [2] { dense(4), repeat(3) { dense(4), tanh }, dense(2) }
/// ```
pub mod repeat {}

/// The same values in the same order with other dimensions. It costs nothing at run time.
///
/// - `shape`: the shape of the output, such as `[28, 28, 1]`, with as many values as the input.
///
/// ```text
/// [3] -> [2, 3, 1] { dense(12), reshape([2, 3, 2]), conv2d(1, kernel = 1) }
/// ```
pub mod reshape {}

/// What its layers yield plus its input: `y = layers(x) + x`, or `y = layers(x) + shortcut(x)` where the
/// shapes differ (He et al. 2016): `residual { conv2d(64, kernel = 3, padding = same), batch_norm }`.
/// Its layers have names like all others; its own name stands for the sum.
///
/// - `shortcut`: layers for the input in braces, as in `shortcut = { conv2d(64, kernel = 1, stride = 2) }`.
///
/// ```text
/// [3] -> [2] { dense(4), residual { dense(4), tanh, dense(4) }, relu, dense(2) }
/// ```
pub mod residual {}

/// `y = gamma · x / √(mean x² + epsilon)` with the mean over the last dimension, over any shape (Zhang and
/// Sennrich 2019).
///
/// - `epsilon = 0.000001`: added to the mean square, from 1e-9 to 1.
///
/// Parameters: `gamma [features]`.
///
/// ```text
/// [3] -> [2] { dense(5), rms_norm, dense(2) }
/// ```
pub mod rms_norm {}

/// Plain recurrent units (Elman 1990): `h[t] = f(x[t] · weight + h[t-1] · recurrent_weight + bias)`, from
/// zeros, from `[time, features]` to `[units]`, the state after the last step, or `[time, units]`. PyTorch's
/// two biases are one here, their sum. To stack, write several: `rnn(64, return_sequences = true), rnn(64)`.
///
/// - `units`: the number of units.
/// - `return_sequences = false`: whether the output has the state of every step, rather than of the last.
/// - `bidirectional = false`: whether further units go from the last step to the first; their states, each
///   at its own step or that after the first, follow the others, `2 · units` features in all.
/// - `bias = true`: whether `bias` is added.
/// - `init = glorot_uniform`: how `weight` starts.
/// - `recurrent_init = orthogonal`: how `recurrent_weight` starts.
/// - `bias_init = zeros`: how `bias` starts.
/// - `activation = tanh`: `f`, which is `tanh` or `relu`.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `weight [features, units]`, `recurrent_weight [units, units]`, `bias [units]`; the same with
/// `backward_` before the name for the other direction.
///
/// ```text
/// [5, 2] -> [3] { rnn(3) }
/// ```
pub mod rnn {}

/// Scaled exponential linear unit: `y = scale · x` where `x > 0`, else `scale · alpha · (eˣ - 1)`, with
/// `alpha` and `scale` such that mean 0 and variance 1 are a fixed point, over any shape
/// (Klambauer et al. 2017).
/// Weights before it start as `lecun_normal` (LeCun et al. 1998), which that fixed point assumes.
///
/// ```text
/// [3] -> [2] { dense(4), selu, dense(2) }
/// ```
pub mod selu {}

/// Depthwise separable convolution: `depthwise_conv2d` with `m` output channels of every channel and no
/// bias, then a convolution of every pixel by itself, `y[i, j, o] = Σ z[i, j, c] · pointwise[c, o] +
/// bias[o]`, from `[height, width, channels]` to `[height', width', filters]` (Chollet 2017).
///
/// - `filters`: the number of output channels.
/// - `kernel = 3`: height and width of the window, one number or `(height, width)`.
/// - `multiplier = 1`: channels `m` between the two steps, of every input channel.
/// - `stride = 1`: steps between windows.
/// - `padding = valid`: `valid`, `same` or the number of zeros on each side, as in `conv2d`.
/// - `dilation = 1`: steps between the taps of a window.
/// - `bias = true`: whether `bias` is added.
/// - `init`: how both weights start, by default as the layer after it asks, else `glorot_uniform`.
/// - `bias_init = zeros`: how `bias` starts.
/// - `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](crate::layers#regularisation).
/// - `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
/// - `max_norm`: the largest norm of what enters one unit, likewise.
///
/// Parameters: `depthwise [kernel height, kernel width, channels, m]`, `pointwise [channels · m, filters]`,
/// `bias [filters]`.
///
/// ```text
/// [4, 5, 2] -> [2, 3, 3] { separable_conv2d(3) }
/// ```
pub mod separable_conv2d {}

/// Logistic function: `y = 1 / (1 + e⁻ˣ)`, over any shape. At the end of a network every output is a
/// probability of its own, which is what binary cross-entropy asks for.
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), sigmoid, dense(2) }
/// ```
pub mod sigmoid {}

/// Sigmoid linear unit, also called swish: `y = x / (1 + e⁻ˣ)`, over any shape (Elfwing et al. 2017).
/// Weights before it start as `he_uniform` (He et al. 2015).
///
/// ```text
/// [3] -> [2] { dense(4), silu, dense(2) }
/// ```
pub mod silu {}

/// A part along one axis, over any shape: the elements from `start` up to but without `end`, every `step`th.
///
/// - `start = 0`: the first element, counted from 0.
/// - `end`: the element after the last, by default the size of the axis.
/// - `axis = 0`: the axis, counted from 0: of a sequence time, of an image height.
/// - `step = 1`: from one element to the next.
///
/// ```text
/// [6, 2] -> [3, 2] { tanh, slice(1, end = 4) }
/// ```
pub mod slice {}

/// `y[n] = exp(x[n] - max x) / Σ exp(x - max x)` over the last dimension, so that the outputs are positive
/// and sum to 1, over any shape (Bridle 1990). At the end of a network it is what `CrossEntropy` asks for.
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [4] -> [3] { dense(3), softmax }
/// ```
pub mod softmax {}

/// Smooth rectifier: `y = ln(1 + eˣ)`, over any shape (Dugas et al. 2000).
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), softplus, dense(2) }
/// ```
pub mod softplus {}

/// Slow sigmoid between -1 and 1: `y = x / (1 + |x|)`, over any shape (Turian et al. 2009).
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), softsign, dense(2) }
/// ```
pub mod softsign {}

/// While training every channel of a sample as a whole is `x / (1 - rate)` with probability `1 - rate`,
/// else 0; at inference `y = x`, over `[height, width, channels]` (Tompson et al. 2015). What is dropped
/// is a function of the seed, the step and the layer.
///
/// - `rate`: the probability of a channel of zeros, from 0 to 0.99.
///
/// ```text
/// [2, 2, 6] -> [2, 2, 6] { tanh, spatial_dropout2d(0.4) }
/// ```
pub mod spatial_dropout2d {}

/// The current value less earlier ones of the same shape: `y = x - a - b - ..`. Beside an image
/// `[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel.
///
/// - `wires`: the names of the layers whose values are subtracted, such as `subtract(stem)`.
///
/// ```text
/// [3] -> [2] { stem: dense(4), tanh, subtract(stem), dense(2) }
/// ```
pub mod subtract {}

/// `y[i] = x[i] · silu(x[n + i])`: the first half of the last dimension times a function of the second, from
/// `2n` features to `n`, over any shape (Shazeer 2020). A `dense` before it has twice as many units
/// as are to be left.
///
/// ```text
/// [3] -> [2] { dense(8), swiglu, dense(2) }
/// ```
pub mod swiglu {}

/// Hyperbolic tangent: `y = tanh(x)`, over any shape.
/// Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).
///
/// ```text
/// [3] -> [2] { dense(4), tanh, dense(2) }
/// ```
pub mod tanh {}

/// From `[height, width, channels]` to `[height · f, width · f, channels]`. `nearest` repeats every pixel.
/// `bilinear` takes the weighted mean of the four nearest, whose centres lie at whole numbers and a half;
/// beyond the outermost centres these pixels go on (PyTorch's `align_corners = False`).
///
/// - `factor`: how many times `f` as high and as wide, one number or `(height, width)`.
/// - `mode = nearest`: `nearest` or `bilinear`.
///
/// ```text
/// [2, 3, 2] -> [4, 6, 2] { tanh, upsample2d(2) }
/// ```
pub mod upsample2d {}

/// `layer(Swish<8>) -> [8]` stands where a layer does, for a type that implements
/// [`CustomLayer`](crate::custom::CustomLayer) and yields that shape; the documentation there has a whole one.
/// One that goes over a sequence step by step implements [`CausalLayer`](crate::custom::CausalLayer) too, and
/// `layer(Smooth<100>, causal = true) -> [100, 1]` says so: then the network around it has a `step`.
pub mod layer {}

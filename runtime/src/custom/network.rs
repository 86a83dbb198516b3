//! What a layer of one's own becomes in a network: a network of that one layer.

use core::{fmt, marker::PhantomData};

use super::{CustomLayer, MOST_PARAMETERS, Pass, ScalarOf, table};
use crate::{
    array::Array,
    buffer::{self, Parameters, With},
    network::{Context, Entry, LayerInfo, Network, Outputs, ParamInfo, head},
    parallel::{Rows, share},
    part::{Part, fingerprint, text},
    predict::Source,
    simd::{Cpu, Scalar},
};

/// The layer `L` as a network, which `layer(L)` stands for.
pub struct Custom<L: CustomLayer> {
    parameters: Parameters<ScalarOf<L>>,
    layer: PhantomData<fn() -> L>,
}

impl<L: CustomLayer> Clone for Custom<L> {
    fn clone(&self) -> Self {
        Self::from_parameters(self.parameters.clone())
    }
}

impl<L: CustomLayer> fmt::Debug for Custom<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::network::debug::<Self>(f)
    }
}

impl<L: CustomLayer> Custom<L> {
    const TABLE: &'static [ParamInfo; MOST_PARAMETERS] = &table::table::<L>();
    const HASH: &'static [u8; 16] = &fingerprint(L::NAME);
}

impl<L: CustomLayer> Outputs for Custom<L> {
    type Scalar = ScalarOf<L>;
    type Output = L::Output;
    type Head = head::Plain;
    const CLASSES: usize = L::Output::LEN;
}

impl<L: CustomLayer> Network for Custom<L> {
    type Input = L::Input;
    type Scratch<const B: usize> = [L::Output; B];
    /// The outputs, their gradients, and those of the inputs.
    type Tape<const B: usize> = With<[L::Output; B], With<[L::Output; B], [L::Input; B]>>;

    const NAME: &'static str = L::NAME;
    const INPUT_SHAPE: &'static [usize] = L::Input::SHAPE;
    const OUTPUT_SHAPE: &'static [usize] = L::Output::SHAPE;
    const PARAMETERS: usize = table::len::<L>();
    const MACS: usize = L::MACS;
    const LAYERS: &'static [LayerInfo] = &[LayerInfo {
        name: L::NAME,
        kind: L::NAME,
        inputs: &["input"],
        output: L::Output::SHAPE,
        parameters: table::len::<L>(),
        macs: L::MACS,
        frozen: false,
        note: "",
    }];
    const PARAMS: &'static [ParamInfo] = Self::TABLE.split_at(L::PARAMETERS.len()).0;
    const ARCHITECTURE: &'static str = L::NAME;
    const FINGERPRINT: &'static str = text(Self::HASH);
    const TRAINED: usize = table::len::<L>();
    const STATE: usize = 0;

    fn from_parameters(parameters: Parameters<ScalarOf<L>>) -> Self {
        Self { parameters, layer: PhantomData }
    }

    fn parameters(&self) -> &Parameters<ScalarOf<L>> {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters<ScalarOf<L>> {
        &mut self.parameters
    }

    fn infer_from<'s, const B: usize>(
        weights: impl Source<ScalarOf<L>>,
        cpu: Cpu,
        inputs: &[L::Input],
        scratch: &'s mut [L::Output; B],
    ) -> &'s [L::Output] {
        let outputs = &mut scratch[..buffer::rows::<B>(inputs.len())];
        forward::<L>(cpu, weights.values(0..Self::TRAINED, 0), inputs, outputs);
        outputs
    }

    fn forward_with<const B: usize>(
        (trained, _): (&[ScalarOf<L>], &mut [ScalarOf<L>]),
        context: Context,
        inputs: &[L::Input],
        tape: &mut Self::Tape<B>,
        watch: &mut impl FnMut(usize, &[ScalarOf<L>]),
    ) {
        let outputs = &mut tape.split().0[..buffer::rows::<B>(inputs.len())];
        forward::<L>(context.cpu, &trained[..Self::TRAINED], inputs, outputs);
        watch(0, L::Output::flat(outputs));
    }

    fn seam<const B: usize>(
        tape: &mut Self::Tape<B>,
        rows: usize,
        _entry: Entry,
    ) -> (&[L::Output], &mut [L::Output]) {
        let (outputs, gradients) = tape.split();
        (&outputs[..rows], &mut gradients.split().0[..rows])
    }

    fn backward_until_deferred<const B: usize>(
        (trained, _): (&[ScalarOf<L>], &[ScalarOf<L>]),
        _context: Context,
        _entry: Entry,
        inputs: &[L::Input],
        tape: &mut Self::Tape<B>,
        gradients: &mut [ScalarOf<L>],
    ) {
        let rows = buffer::rows::<B>(inputs.len());
        let (outputs, both) = tape.split();
        let (d_outputs, d_inputs) = both.split();
        backward::<L>(
            &trained[..Self::TRAINED],
            inputs,
            &outputs[..rows],
            &d_outputs[..rows],
            &mut d_inputs[..rows],
            &mut gradients[..Self::TRAINED],
        );
    }
}

impl<L: CustomLayer> Part for Custom<L> {
    fn d_input<const B: usize>(tape: &mut Self::Tape<B>, rows: usize) -> &[L::Input] {
        &tape.split().1.split().1[..rows]
    }
}

/// Every sample by itself, so that threads share them.
pub(super) fn forward<L: CustomLayer>(
    cpu: Cpu,
    parameters: &[ScalarOf<L>],
    inputs: &[L::Input],
    outputs: &mut [L::Output],
) {
    let work = inputs.len() * (L::MACS + L::Input::LEN + L::Output::LEN);
    let outputs = Rows { values: outputs, len: 1 };
    share(cpu, inputs.len(), 1, work, outputs, &|range, outputs| {
        for (input, output) in inputs[range].iter().zip(outputs.values) {
            L::forward(parameters, input, output);
        }
    });
}

/// One sample after the other, since they add to the same gradients.
pub(super) fn backward<L: CustomLayer>(
    parameters: &[ScalarOf<L>],
    inputs: &[L::Input],
    outputs: &[L::Output],
    d_outputs: &[L::Output],
    d_inputs: &mut [L::Input],
    d_parameters: &mut [ScalarOf<L>],
) {
    d_parameters.fill(ScalarOf::<L>::ZERO);
    L::Input::flat_mut(d_inputs).fill(ScalarOf::<L>::ZERO);
    let samples = inputs.iter().zip(outputs).zip(d_outputs).zip(d_inputs);
    for (((input, output), d_output), d_input) in samples {
        L::backward(Pass { parameters, input, output }, d_output, d_input, d_parameters);
    }
}

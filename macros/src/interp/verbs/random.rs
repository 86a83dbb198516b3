//! Dropout and noise.

use crate::{
    interp::{memory::Memory, random::Stream},
    plan::{Buf, Random},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Random, stream: Stream) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Random::Dropout { y, x, rate, layer } => {
            let mask = stream.mask(*rate, memory.layer(*layer));
            let keep = |(index, x)| if mask.keeps(index) { x / (1.0 - rate) } else { 0.0 };
            let values = read(x).into_iter().enumerate().map(keep).collect();
            memory.write(*y, values);
        }
        Random::DropoutChannels { y, x, channels, rate, layer } => {
            let mask = stream.mask(*rate, memory.layer(*layer));
            let channels = memory.eval(channels);
            let sample = memory.len(*y) / memory.samples;
            let keep = |(i, x)| {
                let kept = mask.keeps(i / sample * channels + i % channels);
                if kept { x / (1.0 - rate) } else { 0.0 }
            };
            let values = read(x).into_iter().enumerate().map(keep).collect();
            memory.write(*y, values);
        }
        Random::AddNoise { y, x, deviation, layer } => {
            let layer = memory.layer(*layer);
            let noise = |(i, x)| x + deviation * stream.normal(layer, i);
            let values = read(x).into_iter().enumerate().map(noise).collect();
            memory.write(*y, values);
        }
    }
}

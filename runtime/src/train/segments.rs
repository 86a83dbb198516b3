//! Which parameters are moved alike.

use super::{Group, TrainError};
use crate::{network::Network, optim::Segment};

/// The trained range in as few segments as rates and decay allow, each at its factor of the rate.
pub(super) fn segments<N: Network>(
    groups: &[Group],
    decays: bool,
) -> Result<Vec<Segment>, TrainError> {
    check_names::<N>(groups)?;
    let mut segments: Vec<Segment> = Vec::new();
    let trained: Vec<_> = N::PARAMS.iter().filter(|param| param.trained).collect();
    for (index, param) in trained.iter().enumerate() {
        let end = trained.get(index + 1).map_or(N::TRAINED, |next| next.offset);
        let layer = N::LAYERS[param.layer].name;
        let own = groups.iter().rev().find(|group| group.layer == layer);
        let segment = Segment {
            range: param.offset..end,
            rate: own.map_or(1.0, |group| group.rate),
            decay: f64::from(u8::from(param.decays || !decays)),
        };
        match segments.last_mut() {
            Some(last) if (last.rate, last.decay) == (segment.rate, segment.decay) => {
                last.range.end = end;
            }
            _ => segments.push(segment),
        }
    }
    Ok(segments)
}

fn check_names<N: Network>(groups: &[Group]) -> Result<(), TrainError> {
    let mut layers: Vec<&'static str> = Vec::new();
    for param in N::PARAMS.iter().filter(|param| param.trained) {
        let name = N::LAYERS[param.layer].name;
        if layers.last() != Some(&name) {
            layers.push(name);
        }
    }
    match groups.iter().find(|group| !layers.contains(&group.layer.as_str())) {
        Some(group) => Err(TrainError::UnknownLayer { name: group.layer.clone(), layers }),
        None => Ok(()),
    }
}

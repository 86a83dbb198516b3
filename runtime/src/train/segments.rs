//! Which parameters are moved alike.

use super::{Group, TrainError};
use crate::{network::Network, optim::Segment};

/// The trained range in as few segments as rates and decay allow, each at its factor of the rate.
pub(super) struct Segments {
    pub(super) all: Vec<Segment>,
    /// Those of [`Network::DEFERRED`], and all others.
    pub(super) deferred: Vec<Segment>,
    pub(super) others: Vec<Segment>,
}

impl Segments {
    pub(super) fn of<N: Network>(groups: &[Group], decays: bool) -> Result<Self, TrainError> {
        check_names::<N>(groups)?;
        let each = each::<N>(groups, decays);
        let is_deferred =
            |segment: &&Segment| N::DEFERRED.iter().any(|d| d.start == segment.range.start);
        let deferred = N::DEFERRED.iter().filter_map(|range| {
            let segment = each.iter().find(|segment| segment.range.start == range.start)?;
            Some(Segment { range: range.clone(), ..segment.clone() })
        });
        Ok(Self {
            all: joined(each.iter()),
            deferred: deferred.collect(),
            others: joined(each.iter().filter(|segment| !is_deferred(segment))),
        })
    }
}

/// A segment for each parameter, with the padding behind it.
fn each<N: Network>(groups: &[Group], decays: bool) -> Vec<Segment> {
    let trained: Vec<_> = N::PARAMS.iter().filter(|param| param.trained).collect();
    let ends = trained.iter().skip(1).map(|next| next.offset).chain([N::TRAINED]);
    let segments = trained.iter().zip(ends).map(|(param, end)| {
        let layer = N::LAYERS[param.layer].name;
        let own = groups.iter().rev().find(|group| group.layer == layer);
        Segment {
            range: param.offset..end,
            rate: own.map_or(1.0, |group| group.rate),
            decay: f64::from(u8::from(param.decays || !decays)),
        }
    });
    segments.collect()
}

/// Neighbours that are moved alike are one segment.
fn joined<'s>(each: impl Iterator<Item = &'s Segment>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for segment in each {
        match segments.last_mut() {
            Some(last)
                if (last.range.end, last.rate, last.decay)
                    == (segment.range.start, segment.rate, segment.decay) =>
            {
                last.range.end = segment.range.end;
            }
            _ => segments.push(segment.clone()),
        }
    }
    segments
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

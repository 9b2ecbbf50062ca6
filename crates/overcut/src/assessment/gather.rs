//! After the pass: from sums by place and by component to rows and patches.

use rayon::prelude::*;

use super::{
    ClassRow, Layer, Patch, RowCovariance,
    boundary::corner_gradient,
    patches::{Surroundings, Verdict},
    rows::Rows,
    volumes::VolumeErrors,
    workings::name_workings,
};
use crate::{
    patches::Component,
    tally::{Tally, value},
};

/// The figures of an assessment.
pub(super) struct Gathered {
    pub(super) rows: Vec<ClassRow>,
    pub(super) covariances: Vec<RowCovariance>,
    pub(super) patches: Vec<Patch>,
}

/// Puts together what a pass gave; `components` and `errors` by interval.
pub(super) fn gather(
    surroundings: &Surroundings<'_>,
    tally: &Tally,
    components: &[Vec<Component>],
    errors: &[VolumeErrors<'_>],
    layers: &[Layer<'_>],
) -> Gathered {
    let mut rows = Rows::default();
    for (bin, sums) in tally.iter() {
        let (class, concerned) = surroundings.classes.get(bin.interval.into(), bin.place);
        let layer = surroundings.bins.decode(bin.place).layer;
        rows.add((bin.interval.into(), concerned.to_vec(), class, layer), bin.change, *sums);
    }
    let mut patches = Vec::new();
    for (interval, (components, errors)) in components.iter().zip(errors).enumerate() {
        let verdicts: Vec<_> =
            components.par_iter().map(|component| surroundings.attribute(interval, component, errors)).collect();
        for (component, verdict) in components.iter().zip(&verdicts) {
            add_component(&mut rows, surroundings, interval, component, verdict, errors);
        }
        patches.extend(surroundings.patches(interval, components, &verdicts, errors));
    }
    if components.len() > 1 {
        name_workings(components, &mut patches);
    }
    let (rows, covariances) = rows.finish(surroundings.licences, layers, surroundings.grid.cell_area_m2(), errors);
    Gathered { rows, covariances, patches }
}

fn add_component(
    rows: &mut Rows,
    surroundings: &Surroundings<'_>,
    interval: usize,
    component: &Component,
    verdict: &Verdict,
    errors: &VolumeErrors<'_>,
) {
    let (bins, change) = (surroundings.bins, component.change);
    let row = |place: u32| {
        let (class, concerned) = surroundings.class_in(interval, place, verdict);
        (interval, concerned.to_vec(), class, bins.decode(place).layer)
    };
    // What signs count too much or too little along the rim is shared by all parts of a patch.
    let per_share = errors.changed_cells(component) / (component.found.net_cells as f64).max(1.0);
    for (place, sums) in component.sums.iter() {
        rows.add(row(*place), change, *sums);
        rows.add_changed(row(*place), change, value(sums.measured.share) * per_share);
    }
    for ((place, ends), blocks) in &component.footprint.parts {
        rows.add_feet(row(*place), change, *ends, blocks);
    }
    for ((place, ..), sums) in &component.footprint.boundary {
        let decoded = bins.decode(*place);
        let gradient = corner_gradient(decoded.face, sums, surroundings.faces, surroundings.parts, surroundings.grid);
        rows.add_corners(row(*place), change, &gradient, 1.0);
        let outside = bins.place(0, decoded.layer);
        rows.add_corners(row(outside), change, &gradient, -1.0);
    }
}

//! From components to patches: attribution, neighbours, outlines.

use std::collections::BTreeMap;

use geo::{BoundingRect, Closest, ClosestPoint, Distance, Euclidean, MultiPolygon, Point, Polygon};
use rayon::prelude::*;
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::{
    Attribution, Change, Class, Contact, Nearest, Patch, PatchClass, PatchEpoch,
    classes::{ClassTable, ids, licences_of, union},
    volumes::{Region, VolumeErrors},
};
use crate::{
    faces::FaceMap,
    grid::GridGeometry,
    licence::{Licence, Part},
    pass::bins::BinTable,
    patches::{Component, history::EpochSums, outline::outline},
    tally::{Sums, value},
};

/// What was measured in part of a patch is digging if it exceeds so many standard errors: by chance, one rim in 700 does.
const SIGNIFICANT: f64 = 3.0;

/// What patches are judged by.
pub(super) struct Surroundings<'a> {
    pub(super) grid: &'a GridGeometry,
    pub(super) licences: &'a [Licence],
    pub(super) parts: &'a [(usize, &'a Part)],
    pub(super) faces: &'a FaceMap,
    pub(super) bins: &'a BinTable,
    pub(super) classes: &'a ClassTable,
    pub(super) layer_names: &'a [String],
    pub(super) nearby: RTree<NearbyPart<'a>>,
}

/// To whom the part of a component outside every polygon belongs.
pub(super) struct Verdict {
    pub(super) attribution: Attribution,
    pub(super) outside_class: Class,
    /// The licences that the outside part is attributed to.
    pub(super) licences: Vec<usize>,
    /// Contact length of each, in quanta of metres.
    contacts: BTreeMap<usize, i128>,
}

impl Surroundings<'_> {
    /// Attributes a component.
    ///
    /// A licence is concerned if the component holds ground that is classed under it, in a face whose boundary with the
    /// outside runs through the component: touching another licence's far side is no contact. Where a component reaches
    /// from inside to outside only over a corner, every licence that it lies in is concerned.
    ///
    /// An outline has a rim of unchanged ground. That a rim crosses a boundary means nothing: ground counts as dug here if what
    /// was measured in it exceeds [`SIGNIFICANT`] standard errors, or, where errors are unknown, if any cell is certain.
    pub(super) fn attribute(&self, interval: usize, component: &Component, errors: &VolumeErrors<'_>) -> Verdict {
        let dug = self.dug_faces(component, errors);
        let has_outside = dug.contains(&0);
        let mut inside: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, sums) in component.sums.iter() {
            let face = self.bins.decode(*place).face;
            if face != 0 && dug.contains(&face) && sums.certain.height + sums.not_excludable.height != 0 {
                let (_, licences) = self.classes.get(interval, *place);
                inside.entry(face).or_default().extend(licences);
            }
        }
        let mut contacts: BTreeMap<usize, i128> = BTreeMap::new();
        for (face, length) in component.contacts.iter() {
            let dug = inside.get(face).map_or(&[][..], Vec::as_slice);
            let here = licences_of(self.parts, self.faces.parts_of(*face));
            for licence in here.into_iter().filter(|licence| dug.contains(licence)) {
                *contacts.entry(licence).or_default() += length;
            }
        }
        let (attribution, licences) = if inside.is_empty() {
            (Attribution::Unlicensed, Vec::new())
        } else {
            let concerned = if contacts.is_empty() {
                union(inside.values().map(Vec::as_slice))
            } else {
                contacts.keys().copied().collect()
            };
            let attribution = match (has_outside, concerned.len()) {
                (false, _) => Attribution::Inside,
                (true, 1) => Attribution::BeyondBoundary,
                (true, _) => Attribution::Conflict,
            };
            (attribution, concerned)
        };
        let contacts = if has_outside { contacts } else { BTreeMap::new() };
        let outside_class =
            if attribution == Attribution::Unlicensed { Class::Unlicensed } else { Class::BeyondBoundary };
        Verdict { attribution, outside_class, licences, contacts }
    }

    /// Faces in which a component digs, ascending; at least one.
    fn dug_faces(&self, component: &Component, errors: &VolumeErrors<'_>) -> Vec<u32> {
        let mut faces: BTreeMap<u32, (Sums, Region)> = BTreeMap::new();
        for (place, sums) in component.sums.iter() {
            faces.entry(self.bins.decode(*place).face).or_default().0.add(*sums);
        }
        if faces.len() > 1 && errors.by_hysteresis() {
            for ((place, ends), blocks) in &component.footprint.parts {
                faces.entry(self.bins.decode(*place).face).or_default().1.add(*ends, blocks);
            }
            faces.values_mut().for_each(|(_, region)| region.settle());
        }
        let volume_m3 = |sums: &Sums| value(sums.measured.height) * self.grid.cell_area_m2();
        let is_dug = |(sums, region): &(Sums, Region)| match errors.error(region, volume_m3(sums)) {
            Some(error) if !region.is_empty() => volume_m3(sums) > SIGNIFICANT * error.sigma_m3,
            _ => sums.certain.height != 0,
        };
        let dug: Vec<u32> = faces.iter().filter(|(_, found)| is_dug(found)).map(|(face, _)| *face).collect();
        if dug.is_empty() {
            let most = faces.iter().max_by_key(|(face, (sums, _))| (sums.measured.height, std::cmp::Reverse(**face)));
            return most.map(|(face, _)| *face).into_iter().collect();
        }
        dug
    }

    /// Class and licences of a place in a component.
    pub(super) fn class_in<'b>(&'b self, interval: usize, place: u32, verdict: &'b Verdict) -> (Class, &'b [usize]) {
        if self.bins.decode(place).face == 0 {
            (verdict.outside_class, &verdict.licences)
        } else {
            self.classes.get(interval, place)
        }
    }

    /// The patches of one interval; `components` by change and first cell.
    pub(super) fn patches(
        &self,
        interval: usize,
        components: &[Component],
        verdicts: &[Verdict],
        errors: &VolumeErrors<'_>,
    ) -> Vec<Patch> {
        let mut patches: Vec<Patch> = components
            .par_iter()
            .zip(verdicts)
            .map(|(component, verdict)| self.patch(interval, component, verdict, errors))
            .collect();
        for change in [Change::Cut, Change::Fill] {
            let letter = if change == Change::Cut { 'C' } else { 'F' };
            let same = patches.iter_mut().filter(|patch| patch.change == change);
            for (number, patch) in same.enumerate() {
                patch.id = format!("{letter}{}-{:03}", interval + 1, number + 1);
            }
        }
        patches
    }

    fn patch(&self, interval: usize, component: &Component, verdict: &Verdict, errors: &VolumeErrors<'_>) -> Patch {
        let cell_area_m2 = self.grid.cell_area_m2();
        let mut classes: BTreeMap<(Vec<usize>, Class, usize), i128> = BTreeMap::new();
        for (place, sums) in component.sums.iter() {
            let (class, licences) = self.class_in(interval, *place, verdict);
            let layer = self.bins.decode(*place).layer;
            *classes.entry((licences.to_vec(), class, layer)).or_default() += sums.measured.height;
        }
        let volume: i128 = classes.values().sum();
        let certain: i128 = component.sums.iter().map(|(_, sums)| sums.certain.height).sum();
        let volume_m3 = value(volume) * cell_area_m2;
        let mut region = Region::default();
        component.footprint.parts.iter().for_each(|((_, ends), blocks)| region.add(*ends, blocks));
        region.settle();
        let changed = errors.changed_cells(component);
        let mean = |sum: u64| sum as f64 / component.cells as f64 + 0.5;
        let (x, y) = self.grid.to_world(mean(component.col_sum), mean(component.row_sum));
        let outline = outline(&component.runs, self.grid);
        let nearest = (verdict.attribution == Attribution::Unlicensed).then(|| self.nearest(&outline, x, y)).flatten();
        Patch {
            id: String::new(),
            interval,
            change: component.change,
            area_m2: changed * cell_area_m2,
            certain_area_m2: component.found.certain_cells as f64 * cell_area_m2,
            outline_area_m2: component.cells as f64 * cell_area_m2,
            volume_m3,
            certain_volume_m3: value(certain) * cell_area_m2,
            error: errors.error(&region, volume_m3),
            strength: component.found.strength.is_finite().then(|| component.found.strength.sqrt()),
            max_depth_m: component.found.max_depth_m,
            x,
            y,
            attribution: verdict.attribution,
            contacts: verdict
                .contacts
                .iter()
                .map(|(licence, length)| Contact {
                    licence: self.licences[*licence].id.clone(),
                    contact_m: value(*length),
                })
                .collect(),
            nearest,
            classes: classes
                .into_iter()
                .filter(|(_, sum)| *sum != 0)
                .map(|((licences, class, layer), sum)| PatchClass {
                    licences: ids(self.licences, &licences),
                    class,
                    layer: layer.checked_sub(1).map(|layer| self.layer_names[layer].clone()),
                    volume_m3: value(sum) * cell_area_m2,
                })
                .collect(),
            working: None,
            new_area_m2: (!component.history.epochs.is_empty())
                .then_some(component.history.new_cells as f64 * cell_area_m2),
            history: (0..)
                .zip(&component.history.epochs)
                .map(|(surface, sums)| epoch(surface, sums, cell_area_m2))
                .collect(),
            outline,
        }
    }

    /// The licence with the least distance to an outline; of equally near ones the first by id.
    fn nearest(&self, outline: &MultiPolygon<f64>, x: f64, y: f64) -> Option<Nearest> {
        let bounds = outline.bounding_rect()?;
        let reach = bounds.width().hypot(bounds.height());
        let mut best: Option<(f64, usize, &Polygon<f64>)> = None;
        for part in self.nearby.nearest_neighbor_iter(&[x, y]) {
            // No part with a farther envelope can be nearer than the best one by more than the size of the patch.
            let at_least = part.distance_2(&[x, y]).sqrt() - reach;
            if best.is_some_and(|(distance_m, ..)| at_least > distance_m) {
                break;
            }
            let distance_m = Euclidean.distance(outline, part.polygon);
            if best.is_none_or(|(least, licence, _)| (distance_m, part.licence) < (least, licence)) {
                best = Some((distance_m, part.licence, part.polygon));
            }
        }
        let (distance_m, licence, polygon) = best?;
        let to = match polygon.closest_point(&Point::new(x, y)) {
            Closest::SinglePoint(point) | Closest::Intersection(point) => point,
            Closest::Indeterminate => return None,
        };
        let bearing_deg = (to.x() - x).atan2(to.y() - y).to_degrees().rem_euclid(360.0);
        Some(Nearest { licence: self.licences[licence].id.clone(), distance_m, bearing_deg })
    }
}

fn epoch(surface: usize, sums: &EpochSums, cell_area_m2: f64) -> PatchEpoch {
    PatchEpoch {
        surface,
        area_m2: sums.cells as f64 * cell_area_m2,
        void_m3: value(sums.void) * cell_area_m2,
        mean_height_m: (sums.cells > 0).then(|| value(sums.heights) / sums.cells as f64),
        lowest_height_m: sums.lowest_m,
    }
}

/// A licence part, found by its envelope.
pub(super) struct NearbyPart<'a> {
    licence: usize,
    polygon: &'a Polygon<f64>,
    envelope: AABB<[f64; 2]>,
}

impl<'a> NearbyPart<'a> {
    pub(super) fn new(licence: usize, polygon: &'a Polygon<f64>) -> Option<Self> {
        let bounds = polygon.bounding_rect()?;
        let envelope = AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
        Some(Self { licence, polygon, envelope })
    }
}

impl RTreeObject for NearbyPart<'_> {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl PointDistance for NearbyPart<'_> {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        let (low, high) = (self.envelope.lower(), self.envelope.upper());
        let gap = |axis: usize| (low[axis] - point[axis]).max(point[axis] - high[axis]).max(0.0);
        gap(0).powi(2) + gap(1).powi(2)
    }
}

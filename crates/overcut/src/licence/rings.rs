//! Do the rings of a polygon bound one piece of ground?
//!
//! Sides that may meet are found with an R-tree, so a ring of a million corners takes seconds. Whether they do meet is
//! decided with exact predicates (Shewchuk's, by way of `geo`), on the coordinates as given.

use geo::{Coord, Kernel, LineString, Orientation, Polygon, kernels::RobustKernel};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::LicenceId;
use crate::error::Error;

/// What is wrong with a ring of a polygon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// 0 is the outer ring, n the n-th hole.
    pub ring: usize,
    /// What.
    pub kind: FaultKind,
    /// Where, for what has a place.
    pub place: Option<Coord>,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    /// A coordinate that is not a number.
    NotFinite {
        /// Corner, from 1.
        corner: usize,
        /// What was found.
        x: f64,
        /// What was found.
        y: f64,
    },
    /// Fewer than three distinct corners.
    TooFewCorners {
        /// How many.
        distinct: usize,
    },
    /// All corners in one line.
    NoArea,
    /// It runs back along itself.
    Spike,
    /// It crosses itself.
    CrossesItself,
    /// It touches itself.
    TouchesItself,
    /// It runs along itself.
    RunsAlongItself,
    /// A hole crosses another ring.
    Crosses {
        /// The other ring.
        other: usize,
    },
    /// A hole runs along another ring.
    RunsAlong {
        /// The other ring.
        other: usize,
    },
    /// A hole lies inside another hole.
    InHole {
        /// The other hole.
        other: usize,
    },
    /// A hole does not lie inside the outer ring.
    OutsideOuter,
}

impl Fault {
    /// The error for a part of a licence.
    pub(super) fn of(self, licence: &LicenceId, part: usize) -> Error {
        let (licence, ring) = (licence.clone(), name(self.ring));
        match (self.kind, self.place) {
            (FaultKind::CrossesItself, Some(place)) => {
                Error::SelfCrossing { licence, part, ring, x: place.x, y: place.y }
            }
            _ => Error::InvalidRing { licence, part, ring, why: self.why() },
        }
    }

    /// What is wrong and how to mend it.
    fn why(self) -> String {
        let at = self.place.map(at).unwrap_or_default();
        match self.kind {
            FaultKind::NotFinite { corner, x, y } => {
                format!("corner {corner} is ({x}, {y}); coordinates must be finite numbers")
            }
            FaultKind::TooFewCorners { distinct } => {
                format!("it has {distinct} distinct corner(s); a ring needs at least 3")
            }
            FaultKind::NoArea => "it encloses no area: all its corners are in one line".to_owned(),
            FaultKind::Spike => format!("it runs back along itself at {at}; remove this spike"),
            FaultKind::CrossesItself => format!("it crosses itself near {at}; check the order of its corners"),
            FaultKind::TouchesItself => {
                format!("it touches itself at {at}; make two rings of it, or move one of the corners apart")
            }
            FaultKind::RunsAlongItself => format!("it runs along itself near {at}; check the order of its corners"),
            FaultKind::Crosses { other } => format!("it crosses the {} near {at}", name(other)),
            FaultKind::RunsAlong { other } => {
                format!("it runs along the {} near {at}; make one ring of the two", name(other))
            }
            FaultKind::InHole { other } => {
                format!("it lies inside hole {other} near {at}; remove it, or make a part of it")
            }
            FaultKind::OutsideOuter => format!("it is not inside the outer ring near {at}"),
        }
    }

    fn new(ring: usize, kind: FaultKind) -> Self {
        Self { ring, kind, place: None }
    }

    fn at(ring: usize, kind: FaultKind, place: Coord) -> Self {
        Self { ring, kind, place: Some(place) }
    }
}

fn name(ring: usize) -> String {
    if ring == 0 { "outer ring".to_owned() } else { format!("hole {ring}") }
}

fn at(place: Coord) -> String {
    format!("({:.3}, {:.3})", place.x, place.y)
}

/// Checks all rings of a polygon, each for itself and with each other; gives the fault that tells most.
pub(super) fn check(polygon: &Polygon) -> Result<(), Fault> {
    match ring_faults(polygon, 1).first() {
        None => Ok(()),
        Some(fault) => Err(*fault),
    }
}

/// What is wrong with the rings of a polygon: at most so many faults of the first kind of test that finds any.
///
/// First come the corners of each ring (too few, in one line, spikes), then how sides meet (crossings before touches), then
/// whether holes lie where they must: what fails an earlier test would only confuse a later one.
pub fn ring_faults(polygon: &Polygon, at_most: usize) -> Vec<Fault> {
    let lines = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let mut faults = Vec::new();
    let rings: Vec<_> = lines.enumerate().map(|(ring, line)| corners(line, ring, at_most, &mut faults)).collect();
    if faults.is_empty() {
        let sides = Sides::new(&rings);
        let touches = sides.meetings(at_most, &mut faults);
        if faults.is_empty() {
            faults.extend((1..rings.len()).filter_map(|hole| sides.check_hole(hole, &touches).err()).take(at_most));
        }
    }
    faults.truncate(at_most);
    faults
}

/// The corners of a ring without repeats; what keeps them from bounding an area is added to the faults.
fn corners(line: &LineString, ring: usize, at_most: usize, faults: &mut Vec<Fault>) -> Vec<Coord> {
    if let Some((index, corner)) = line.0.iter().enumerate().find(|(_, at)| !(at.x.is_finite() && at.y.is_finite())) {
        faults.push(Fault::new(ring, FaultKind::NotFinite { corner: index + 1, x: corner.x, y: corner.y }));
        return Vec::new();
    }
    let mut corners = line.0.clone();
    corners.dedup();
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    let mut distinct = corners.clone();
    distinct.sort_unstable_by(|p, q| p.x.total_cmp(&q.x).then(p.y.total_cmp(&q.y)));
    distinct.dedup();
    if distinct.len() < 3 {
        faults.push(Fault::new(ring, FaultKind::TooFewCorners { distinct: distinct.len() }));
        return corners;
    }
    let (first, second) = (corners[0], corners[1]);
    if corners.iter().all(|&corner| turn(first, second, corner) == Orientation::Collinear) {
        faults.push(Fault::new(ring, FaultKind::NoArea));
        return corners;
    }
    let count = corners.len();
    for index in 0..count {
        let (before, here, after) =
            (corners[(index + count - 1) % count], corners[index], corners[(index + 1) % count]);
        if turn(before, here, after) == Orientation::Collinear && runs_back(before, here, after) {
            faults.push(Fault::at(ring, FaultKind::Spike, here));
            if faults.len() >= at_most {
                break;
            }
        }
    }
    corners
}

fn turn(a: Coord, b: Coord, c: Coord) -> Orientation {
    RobustKernel::orient2d(a, b, c)
}

/// Of three corners in line: whether the first and the last lie on one side of the middle.
fn runs_back(before: Coord, here: Coord, after: Coord) -> bool {
    let same_side = |p: f64, middle: f64, q: f64| (p > middle && q > middle) || (p < middle && q < middle);
    same_side(before.x, here.x, after.x) || same_side(before.y, here.y, after.y)
}

/// A side of a ring, from a corner to the next.
#[derive(Debug, Clone, Copy)]
struct Side {
    ring: usize,
    index: usize,
    a: Coord,
    b: Coord,
}

/// How two sides meet.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meeting {
    /// Each lies on both sides of the other.
    Crossing(Coord),
    /// They have one point in common.
    Touch(Coord),
    /// They have a stretch in common.
    Along(Coord),
}

/// A point of a side that lies on another ring.
#[derive(Debug, Clone, Copy)]
struct Touch {
    ring: usize,
    index: usize,
    place: Coord,
}

/// The sides of all rings of a polygon.
struct Sides {
    counts: Vec<usize>,
    all: Vec<Side>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl Sides {
    fn new(rings: &[Vec<Coord>]) -> Self {
        let of_ring = |(ring, corners): (usize, &Vec<Coord>)| {
            let corners = corners.clone();
            (0..corners.len()).map(move |index| Side {
                ring,
                index,
                a: corners[index],
                b: corners[(index + 1) % corners.len()],
            })
        };
        let all: Vec<Side> = rings.iter().enumerate().flat_map(of_ring).collect();
        let boxed = |(index, side): (usize, &Side)| {
            let aabb = AABB::from_corners([side.a.x, side.a.y], [side.b.x, side.b.y]);
            GeomWithData::new(Rectangle::from_aabb(aabb), index)
        };
        let tree = RTree::bulk_load(all.iter().enumerate().map(boxed).collect());
        Self { counts: rings.iter().map(Vec::len).collect(), all, tree }
    }

    /// Whether two sides of a ring follow each other.
    fn are_neighbours(&self, p: &Side, q: &Side) -> bool {
        let count = self.counts[p.ring];
        p.ring == q.ring && ((p.index + 1) % count == q.index || (q.index + 1) % count == p.index)
    }

    /// Adds whatever sides may not do to the faults, and gives the points in which holes touch other rings.
    fn meetings(&self, at_most: usize, faults: &mut Vec<Fault>) -> Vec<Touch> {
        let mut touches = Vec::new();
        let mut own_touches = Vec::new();
        for (p, q) in self.tree.intersection_candidates_with_other_tree(&self.tree) {
            let (p, q) = (&self.all[p.data], &self.all[q.data]);
            if (p.ring, p.index) >= (q.ring, q.index) || self.are_neighbours(p, q) {
                continue;
            }
            let Some(meeting) = meeting(p, q) else { continue };
            if p.ring == q.ring {
                match meeting {
                    // Where it runs along itself, it also touches itself: say what tells more.
                    Meeting::Touch(place) => own_touches.push(Fault::at(p.ring, FaultKind::TouchesItself, place)),
                    Meeting::Crossing(place) => faults.push(Fault::at(p.ring, FaultKind::CrossesItself, place)),
                    Meeting::Along(place) => faults.push(Fault::at(p.ring, FaultKind::RunsAlongItself, place)),
                }
            } else {
                let (hole, other) = (q.ring, p.ring);
                match meeting {
                    Meeting::Crossing(place) => faults.push(Fault::at(hole, FaultKind::Crosses { other }, place)),
                    Meeting::Along(place) => faults.push(Fault::at(hole, FaultKind::RunsAlong { other }, place)),
                    Meeting::Touch(place) => {
                        touches.extend([p, q].map(|side| Touch { ring: side.ring, index: side.index, place }));
                    }
                }
            }
            if faults.len() >= at_most {
                return touches;
            }
        }
        if faults.is_empty() {
            own_touches.truncate(at_most);
            faults.append(&mut own_touches);
        }
        touches.sort_unstable_by_key(|touch| (touch.ring, touch.index));
        touches
    }

    /// Whether a hole lies inside the outer ring and outside all other holes.
    ///
    /// No side crosses another here, so between two touches all of a hole lies on one side of all other rings: a point of
    /// each stretch next to a touch is enough, or any corner if there is none.
    fn check_hole(&self, hole: usize, touches: &[Touch]) -> Result<(), Fault> {
        let start = touches.partition_point(|touch| touch.ring < hole);
        let count = touches[start..].partition_point(|touch| touch.ring == hole);
        let first_side = self.counts[..hole].iter().sum::<usize>();
        if count == 0 {
            return self.check_point(hole, self.all[first_side].a);
        }
        for same in touches[start..start + count].chunk_by(|p, q| p.index == q.index) {
            let side = &self.all[first_side + same[0].index];
            let mut stops: Vec<Coord> = same.iter().map(|touch| touch.place).chain([side.a, side.b]).collect();
            let along = |place: &Coord| (place.x - side.a.x).abs() + (place.y - side.a.y).abs();
            stops.sort_unstable_by(|p, q| along(p).total_cmp(&along(q)));
            stops.dedup();
            for stretch in stops.windows(2) {
                self.check_point(hole, stretch[0] + (stretch[1] - stretch[0]) / 2.0)?;
            }
        }
        Ok(())
    }

    /// Whether a point of a hole lies inside the outer ring and outside all other holes: by a ray to the west.
    fn check_point(&self, hole: usize, point: Coord) -> Result<(), Fault> {
        let ray = AABB::from_corners([f64::MIN, point.y], [point.x, point.y]);
        let sides = self.tree.locate_in_envelope_intersecting(&ray).map(|boxed| &self.all[boxed.data]);
        let crossed = sides.filter(|side| {
            let (low, high) = if side.a.y < side.b.y { (side.a, side.b) } else { (side.b, side.a) };
            low.y <= point.y && point.y < high.y && turn(low, high, point) == Orientation::Clockwise
        });
        let mut rings: Vec<usize> = crossed.map(|side| side.ring).filter(|&ring| ring != hole).collect();
        rings.sort_unstable();
        let around: Vec<usize> =
            rings.chunk_by(|p, q| p == q).filter(|same| same.len() % 2 == 1).map(|same| same[0]).collect();
        match around[..] {
            [0] => Ok(()),
            [0, other, ..] => Err(Fault::at(hole, FaultKind::InHole { other }, point)),
            _ => Err(Fault::at(hole, FaultKind::OutsideOuter, point)),
        }
    }
}

/// How two sides meet, if they do.
fn meeting(p: &Side, q: &Side) -> Option<Meeting> {
    let (turn_c, turn_d) = (turn(p.a, p.b, q.a), turn(p.a, p.b, q.b));
    if turn_c == turn_d && turn_c != Orientation::Collinear {
        return None;
    }
    let (turn_a, turn_b) = (turn(q.a, q.b, p.a), turn(q.a, q.b, p.b));
    if turn_a == turn_b && turn_a != Orientation::Collinear {
        return None;
    }
    if [turn_a, turn_b, turn_c, turn_d].iter().all(|&turn| turn != Orientation::Collinear) {
        return Some(Meeting::Crossing(crossing(p, q)));
    }
    let ends = [(turn_a, p.a, q), (turn_b, p.b, q), (turn_c, q.a, p), (turn_d, q.b, p)];
    let on = ends.iter().filter(|(turn, end, side)| *turn == Orientation::Collinear && in_box(*end, side));
    let mut places: Vec<Coord> = on.map(|&(_, end, _)| end).collect();
    places.sort_unstable_by(|p, q| p.x.total_cmp(&q.x).then(p.y.total_cmp(&q.y)));
    places.dedup();
    match places[..] {
        [] => None,
        [place] => Some(Meeting::Touch(place)),
        [place, ..] => Some(Meeting::Along(place)),
    }
}

fn in_box(point: Coord, side: &Side) -> bool {
    let within = |at: f64, a: f64, b: f64| a.min(b) <= at && at <= a.max(b);
    within(point.x, side.a.x, side.b.x) && within(point.y, side.a.y, side.b.y)
}

/// About where two sides cross; for people.
fn crossing(p: &Side, q: &Side) -> Coord {
    let (u, v, w) = (p.b - p.a, q.b - q.a, q.a - p.a);
    let share = (w.x * v.y - w.y * v.x) / (u.x * v.y - u.y * v.x);
    p.a + u * share.clamp(0.0, 1.0)
}

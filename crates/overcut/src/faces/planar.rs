//! From planar linework to the set of shapes on each side of each line.
//!
//! The sides around every node are sorted by direction, which gives the closed walks around all regions. Stepping over a
//! side changes the set by what that side bounds, so one known region makes known all that hang together with it. Each
//! connected piece of linework begins at its westernmost node: what lies west of that is found by counting what a ray
//! from there crosses. All of it is decided with exact predicates.

use std::{
    cmp::Ordering,
    collections::{HashMap, VecDeque},
};

use rstar::{AABB, RTree};

use super::{
    disjoint::DisjointSets,
    noding::{Gain, Indexed, Linework, boxed, narrow},
};
use crate::coverage::{LatticePoint, turn};

/// For every side of the linework, the set on its left and on its right, as indices of `windings`.
#[derive(Debug)]
pub(super) struct Regions {
    /// The distinct regions: how often each shape winds around them; shapes that do not are left out.
    pub(super) windings: Vec<Vec<Gain>>,
    /// Left and right of each side from `a` to `b`.
    pub(super) beside: Vec<(u32, u32)>,
}

impl Regions {
    /// Finds what lies beside each side.
    ///
    /// # Errors
    /// A place where two ways around give different answers, so that the linework is not planar after all.
    pub(super) fn new(linework: &Linework) -> Result<Self, LatticePoint> {
        let walks = Walks::new(linework);
        let mut names = Names::default();
        let mut region_of: Vec<Option<u32>> = vec![None; walks.representative.len()];
        let mut tree = None;
        let mut queue = VecDeque::new();
        for (index, &start) in walks.starts.iter().enumerate() {
            let origin = linework.nodes[origin_node(linework, start) as usize];
            let outside = if index == 0 {
                Vec::new() // the westernmost node of all
            } else {
                around(origin, linework, tree.get_or_insert_with(|| tree_of_sides(linework)))
            };
            let walk = walks.walk_of[start as usize];
            region_of[walk as usize] = Some(names.of(outside));
            queue.push_back(walk);
            while let Some(walk) = queue.pop_front() {
                let region = region_of[walk as usize].expect("walks are named before they are queued");
                let first = walks.representative[walk as usize];
                let mut half = first;
                loop {
                    let beyond = walks.walk_of[(half ^ 1) as usize];
                    if region_of[beyond as usize].is_none() {
                        // The walk is on the left of its halves: stepping over, one loses what the side gains.
                        let gains = linework.gains(&linework.sides[half as usize / 2]);
                        let winding = plus(names.winding(region), gains, if is_forward(half) { -1 } else { 1 });
                        region_of[beyond as usize] = Some(names.of(winding));
                        queue.push_back(beyond);
                    }
                    half = walks.next[half as usize];
                    if half == first {
                        break;
                    }
                }
            }
        }
        let region =
            |half: usize| region_of[walks.walk_of[half] as usize].expect("every piece of linework has a start");
        let beside: Vec<_> = (0..linework.sides.len()).map(|side| (region(2 * side), region(2 * side + 1))).collect();
        for (side, &(left, right)) in linework.sides.iter().zip(&beside) {
            if plus(names.winding(right), linework.gains(side), 1) != names.winding(left) {
                return Err(linework.nodes[side.a as usize]);
            }
        }
        Ok(Self { windings: names.windings, beside })
    }
}

/// Walks around regions. Half `2k` is side k from a to b, half `2k + 1` the way back; a walk has its region on its left.
struct Walks {
    next: Vec<u32>,
    walk_of: Vec<u32>,
    /// A half of each walk.
    representative: Vec<u32>,
    /// For each connected piece of linework, from west to east, a half that leaves its westernmost node and has the
    /// surroundings on its left.
    starts: Vec<u32>,
}

impl Walks {
    fn new(linework: &Linework) -> Self {
        let (leaving, first_leaving) = leaving_by_direction(linework);
        let halves = 2 * linework.sides.len();
        let mut next = vec![u32::MAX; halves];
        for node in first_leaving.windows(2) {
            let around = &leaving[node[0]..node[1]];
            for (index, &half) in around.iter().enumerate() {
                // Who arrives against `half` goes on by the next way out, clockwise: the leftmost turn.
                let clockwise = around[(index + around.len() - 1) % around.len()];
                next[(half ^ 1) as usize] = clockwise;
            }
        }
        let mut walk_of = vec![u32::MAX; halves];
        let mut representative = Vec::new();
        for start in 0..halves {
            if walk_of[start] == u32::MAX {
                let walk = narrow(representative.len());
                representative.push(narrow(start));
                let mut half = start;
                while walk_of[half] == u32::MAX {
                    walk_of[half] = walk;
                    half = next[half] as usize;
                }
            }
        }
        let starts = find_starts(linework, &leaving, &first_leaving);
        Self { next, walk_of, representative, starts }
    }
}

/// A half for each connected piece: see [`Walks::starts`].
fn find_starts(linework: &Linework, leaving: &[u32], first_leaving: &[usize]) -> Vec<u32> {
    let mut pieces = DisjointSets::new(linework.nodes.len());
    for side in &linework.sides {
        pieces.join(side.a, side.b);
    }
    let mut westernmost: Vec<Option<u32>> = vec![None; linework.nodes.len()];
    for node in linework.sides.iter().flat_map(|side| [side.a, side.b]) {
        let best = &mut westernmost[pieces.root(node) as usize];
        if best.is_none_or(|best| linework.nodes[node as usize] < linework.nodes[best as usize]) {
            *best = Some(node);
        }
    }
    let mut westernmost: Vec<_> = westernmost.into_iter().flatten().collect();
    westernmost.sort_unstable_by_key(|&node| linework.nodes[node as usize]);
    let start = |node: u32| {
        let around = &leaving[first_leaving[node as usize]..first_leaving[node as usize + 1]];
        // All ways lead from south over east to just before north; nothing lies left of the last.
        let origin = linework.nodes[node as usize];
        let target = |half: u32| linework.nodes[origin_node(linework, half ^ 1) as usize];
        around
            .iter()
            .copied()
            .reduce(|best, half| if turn(origin, target(best), target(half)) > 0 { half } else { best })
    };
    westernmost.into_iter().filter_map(start).collect()
}

/// Whether a half runs from `a` to `b`.
fn is_forward(half: u32) -> bool {
    half & 1 == 0
}

/// The node that a half leaves.
fn origin_node(linework: &Linework, half: u32) -> u32 {
    let side = &linework.sides[half as usize / 2];
    if is_forward(half) { side.a } else { side.b }
}

/// Halves by the node that they leave, counter-clockwise, and where those of each node begin.
fn leaving_by_direction(linework: &Linework) -> (Vec<u32>, Vec<usize>) {
    let mut first = vec![0_usize; linework.nodes.len() + 2];
    let halves = || 0..narrow(2 * linework.sides.len());
    for half in halves() {
        first[origin_node(linework, half) as usize + 2] += 1;
    }
    for node in 2..first.len() {
        first[node] += first[node - 1];
    }
    let mut leaving = vec![0; 2 * linework.sides.len()];
    for half in halves() {
        let place = &mut first[origin_node(linework, half) as usize + 1];
        leaving[*place] = half;
        *place += 1;
    }
    first.pop();
    for (node, range) in first.windows(2).enumerate() {
        if range[1] - range[0] > 2 {
            let origin = linework.nodes[node];
            let target = |half: u32| linework.nodes[origin_node(linework, half ^ 1) as usize];
            leaving[range[0]..range[1]].sort_unstable_by(|&p, &q| by_direction(origin, target(p), target(q)));
        }
    }
    (leaving, first)
}

/// Counter-clockwise order of directions, beginning in the east.
fn by_direction(origin: LatticePoint, p: LatticePoint, q: LatticePoint) -> Ordering {
    let lower = |to: LatticePoint| to.south > origin.south || (to.south == origin.south && to.east < origin.east);
    lower(p).cmp(&lower(q)).then_with(|| 0.cmp(&turn(origin, p, q)))
}

fn tree_of_sides(linework: &Linework) -> RTree<Indexed> {
    let sides = linework.sides.iter().enumerate();
    RTree::bulk_load(
        sides
            .map(|(index, side)| {
                let (a, b) = linework.ends(side);
                boxed(a, b, 0.0, 0.0, narrow(index))
            })
            .collect(),
    )
}

/// What winds around the place just west of the westernmost node of a piece: what a ray from there to the west crosses.
fn around(origin: LatticePoint, linework: &Linework, tree: &RTree<Indexed>) -> Vec<Gain> {
    let (col, row) = origin.to_cells();
    // A margin, for boxes are floats; the crossings themselves are decided in integers.
    let ray = AABB::from_corners([f64::MIN, row - 1e-6], [col + 1e-6, row + 1e-6]);
    let mut winding = Vec::new();
    for boxed in tree.locate_in_envelope_intersecting(&ray) {
        let side = &linework.sides[boxed.data as usize];
        let (a, b) = linework.ends(side);
        let (north, south, sign) = if a.south < b.south { (a, b, 1) } else { (b, a, -1) };
        // East of a side that runs south is on its left.
        if north.south <= origin.south && origin.south < south.south && turn(north, south, origin) > 0 {
            winding.extend(linework.gains(side).iter().map(|gain| Gain { net: sign * gain.net, ..*gain }));
        }
    }
    winding.sort_unstable_by_key(|gain| gain.shape);
    let sums = winding.chunk_by(|p, q| p.shape == q.shape);
    let sums = sums.map(|same| Gain { shape: same[0].shape, net: same.iter().map(|gain| gain.net).sum() });
    sums.filter(|gain| gain.net != 0).collect()
}

/// The windings after stepping over a side, to its left (sign 1) or to its right (sign -1).
fn plus(winding: &[Gain], gains: &[Gain], sign: i32) -> Vec<Gain> {
    let mut sum = Vec::with_capacity(winding.len() + gains.len());
    let (mut old, mut new) = (winding.iter().peekable(), gains.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return sum,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.shape.cmp(&new.shape),
        };
        let kept = if order.is_le() { old.next() } else { None };
        let gained = if order.is_ge() { new.next() } else { None };
        let shape = kept.or(gained).map_or(0, |gain| gain.shape);
        let net = kept.map_or(0, |gain| gain.net) + sign * gained.map_or(0, |gain| gain.net);
        if net != 0 {
            sum.push(Gain { shape, net });
        }
    }
}

/// Numbers for windings, in the order in which they are met.
#[derive(Default)]
struct Names {
    windings: Vec<Vec<Gain>>,
    numbers: HashMap<Vec<Gain>, u32>,
}

impl Names {
    fn of(&mut self, winding: Vec<Gain>) -> u32 {
        if let Some(&number) = self.numbers.get(&winding) {
            return number;
        }
        let number = narrow(self.windings.len());
        self.windings.push(winding.clone());
        self.numbers.insert(winding, number);
        number
    }

    fn winding(&self, number: u32) -> &[Gain] {
        &self.windings[number as usize]
    }
}

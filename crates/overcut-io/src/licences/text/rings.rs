//! Corners, one after the other, to rings: where one ends and the next begins.

use super::{
    document::{Coordinate, Corner, MAX_CORNERS, PrintedRing},
    finding::{Finding, Place, Refusal},
};

/// Makes rings of the corners of one block.
///
/// A ring ends where the ring number changes, where its first corner is repeated, or where the names of the corners start
/// again.
#[derive(Debug, Default)]
pub(super) struct Rings {
    done: Vec<PrintedRing>,
    current: PrintedRing,
    /// The current ring has met its first corner again.
    complete: bool,
    /// What names began again, if that is what parted two rings.
    pub began_again: Option<Place>,
}

impl Rings {
    /// Adds a corner. `number` is the ring number or mark, where the format has one.
    pub(super) fn push(&mut self, number: Option<&str>, corner: Corner) {
        let another = self.current.corners.first().is_some_and(|first| {
            let same_name = !corner.label.is_empty() && first.label == corner.label;
            if self.current.number.as_deref() != number || self.complete {
                return true;
            }
            // Without numbers of rings, names that start again start a ring; the repeated corner itself closes one.
            let again = number.is_none() && same_name && !same_place(first, &corner);
            if again {
                self.began_again.get_or_insert_with(|| Place::line(corner.line).corner(&corner.label));
            }
            again
        });
        if another {
            self.end();
        }
        match self.current.corners.first() {
            Some(first) if self.current.corners.len() > 2 && same_place(first, &corner) => {
                self.current.closed = true;
                self.complete = true;
            }
            _ => {
                self.current.number = number.map(str::to_owned);
                self.current.corners.push(corner);
            }
        }
    }

    /// Ends the current ring.
    pub(super) fn end(&mut self) {
        let ring = std::mem::take(&mut self.current);
        self.complete = false;
        if !ring.corners.is_empty() {
            self.done.push(ring);
        }
    }

    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.current.corners.is_empty()
    }

    /// All rings, and what is to be known about their ends.
    pub(super) fn finish(mut self, findings: &mut Vec<Finding>) -> Vec<PrintedRing> {
        self.end();
        for ring in &mut self.done {
            drop_damaged_end(ring, findings);
        }
        self.done
    }
}

fn same_place(a: &Corner, b: &Corner) -> bool {
    a.at[0].value.total_cmp(&b.at[0].value).is_eq() && a.at[1].value.total_cmp(&b.at[1].value).is_eq()
}

/// One public exporter writes the closing corner as X, X.
fn drop_damaged_end(ring: &mut PrintedRing, findings: &mut Vec<Finding>) {
    let (Some(first), Some(last)) = (ring.corners.first(), ring.corners.last()) else { return };
    let same = |a: Coordinate, b: Coordinate| a.value.total_cmp(&b.value).is_eq();
    if ring.corners.len() > 3 && same(last.at[0], last.at[1]) && (same(last.at[0], first.at[0])) {
        findings.push(
            Finding::warning("closing_corner_damaged", Place::line(last.line).corner(&last.label))
                .with("found", last.at[0].value),
        );
        ring.corners.pop();
        ring.closed = true;
    }
}

/// Refuses a file with more corners than are read.
pub(super) fn require_few(count: usize, line: usize) -> Result<(), Refusal> {
    if count > MAX_CORNERS {
        return Err(Refusal::new("too_many_corners", Place::line(line)).with("most", MAX_CORNERS));
    }
    Ok(())
}

/// Most findings of a file: one of which every line is odd is no file of licences.
const MAX_FINDINGS: usize = 1_000;

/// Refuses a file of which too much is odd.
pub(super) fn require_few_findings(findings: &[Finding], line: usize) -> Result<(), Refusal> {
    if findings.len() > MAX_FINDINGS {
        return Err(Refusal::new("too_many_findings", Place::line(line)).with("most", MAX_FINDINGS));
    }
    Ok(())
}

/// Findings about rings that are too short to bound anything are left to the checks; an open ring is said once a file.
pub(super) fn note_open(blocks: &[super::document::Block], findings: &mut Vec<Finding>) {
    let open: Vec<&PrintedRing> = blocks.iter().flat_map(|block| &block.rings).filter(|ring| !ring.closed).collect();
    if let Some(last) = open.first().and_then(|ring| ring.corners.last()) {
        findings.push(Finding::info("ring_closed_here", Place::line(last.line)).with("count", open.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner(label: &str, a: f64, b: f64) -> Corner {
        let at = [a, b].map(|value| Coordinate { value, decimals: 3, is_angle: false });
        Corner { label: label.into(), at, line: 1 }
    }

    fn lengths(corners: &[(Option<&str>, Corner)]) -> Vec<(usize, bool)> {
        let mut rings = Rings::default();
        for (number, corner) in corners {
            rings.push(*number, corner.clone());
        }
        rings.finish(&mut Vec::new()).iter().map(|ring| (ring.corners.len(), ring.closed)).collect()
    }

    #[test]
    fn a_repeated_corner_a_new_number_and_names_that_start_again_end_a_ring() {
        let square =
            |d: f64| [corner("1", d, 0.0), corner("2", d, 9.0), corner("3", d + 9.0, 9.0), corner("4", d + 9.0, 0.0)];
        let plain = |corners: Vec<Corner>| corners.into_iter().map(|each| (None, each)).collect::<Vec<_>>();
        let closed = [&square(0.0)[..], &[corner("1", 0.0, 0.0)], &square(50.0)].concat();
        assert_eq!(lengths(&plain(closed)), [(4, true), (4, false)]);
        assert_eq!(lengths(&plain([square(0.0), square(50.0)].concat())), [(4, false), (4, false)]);
        let unnamed: Vec<Corner> =
            [square(0.0), square(50.0)].concat().into_iter().map(|c| Corner { label: "".into(), ..c }).collect();
        assert_eq!(lengths(&plain(unnamed)), [(8, false)]);
        let numbered: Vec<_> =
            square(0.0).map(|c| (Some("1"), c)).into_iter().chain(square(50.0).map(|c| (Some("2"), c))).collect();
        assert_eq!(lengths(&numbered), [(4, false), (4, false)]);
    }

    #[test]
    fn a_closing_corner_that_holds_x_twice_is_dropped_and_said() {
        let mut rings = Rings::default();
        for each in [corner("1", 5.0, 1.0), corner("2", 5.0, 9.0), corner("3", 9.0, 9.0), corner("1", 5.0, 5.0)] {
            rings.push(Some("1"), each);
        }
        let mut findings = Vec::new();
        let rings = rings.finish(&mut findings);
        assert_eq!((rings[0].corners.len(), rings[0].closed), (3, true));
        assert_eq!(findings[0].code, "closing_corner_damaged");
    }
}

//! A cell divided along the lines in which planes meet: in each division they have one order.

use super::Ground;

/// A convex polygon in the square `-1 <= s, t <= 1`.
type Area = Vec<(f64, f64)>;

/// Divides cells; keeps its working space from cell to cell.
#[derive(Debug, Default)]
pub(super) struct Division {
    areas: Vec<Area>,
    spare: Vec<Area>,
}

impl Division {
    /// Divides the cell so that no two of the planes cross inside a division. Gives share of the cell and centroid of each.
    pub(super) fn of<'a>(&'a mut self, planes: &[Ground]) -> impl Iterator<Item = (f64, f64, f64)> + 'a {
        self.spare.append(&mut self.areas);
        let mut cell = self.spare.pop().unwrap_or_default();
        cell.clear();
        cell.extend([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]);
        self.areas.push(cell);
        for (index, plane) in planes.iter().enumerate() {
            for other in &planes[index + 1..] {
                if plane.crosses(other) {
                    self.cut_all(&other.over(plane));
                }
            }
        }
        self.areas.iter().map(|area| centroid(area)).filter(|(share, ..)| *share > 0.0)
    }

    /// Cuts every division along the line on which `gap` is zero.
    fn cut_all(&mut self, gap: &Ground) {
        for index in 0..self.areas.len() {
            let (mut above, mut below) = (false, false);
            for (s, t) in &self.areas[index] {
                let value = gap.at(*s, *t);
                above |= value > 0.0;
                below |= value < 0.0;
            }
            if !(above && below) {
                continue;
            }
            let mut positive = self.spare.pop().unwrap_or_default();
            let mut negative = self.spare.pop().unwrap_or_default();
            positive.clear();
            negative.clear();
            let area = &self.areas[index];
            for (position, (s, t)) in area.iter().enumerate() {
                let (s2, t2) = area[(position + 1) % area.len()];
                let (here, there) = (gap.at(*s, *t), gap.at(s2, t2));
                if here >= 0.0 {
                    positive.push((*s, *t));
                }
                if here <= 0.0 {
                    negative.push((*s, *t));
                }
                if (here > 0.0 && there < 0.0) || (here < 0.0 && there > 0.0) {
                    let part = here / (here - there);
                    let meeting = (s + (s2 - s) * part, t + (t2 - t) * part);
                    positive.push(meeting);
                    negative.push(meeting);
                }
            }
            let old = std::mem::replace(&mut self.areas[index], positive);
            self.spare.push(old);
            self.areas.push(negative);
        }
    }
}

/// Share of the cell and centroid of a convex division.
fn centroid(area: &[(f64, f64)]) -> (f64, f64, f64) {
    let (s0, t0) = area[0];
    let (mut doubled, mut s_sum, mut t_sum) = (0.0, 0.0, 0.0);
    for pair in area[1..].windows(2) {
        let (a, b) = ((pair[0].0 - s0, pair[0].1 - t0), (pair[1].0 - s0, pair[1].1 - t0));
        let cross = a.0 * b.1 - b.0 * a.1;
        doubled += cross;
        s_sum += cross * (a.0 + b.0);
        t_sum += cross * (a.1 + b.1);
    }
    if doubled.abs() < 1e-300 {
        return (0.0, s0, t0);
    }
    // The square has area 4.
    (doubled.abs() / 8.0, s0 + s_sum / (3.0 * doubled), t0 + t_sum / (3.0 * doubled))
}

//! Which cuts of several intervals belong together: a working is all cuts that lie over each other in plan.

use super::{Change, Patch};
use crate::patches::{Component, find, unite};

/// Names the working of each cut; `patches` are those of `components`, interval by interval.
pub(super) fn name_workings(components: &[Vec<Component>], patches: &mut [Patch]) {
    let all: Vec<&Component> = components.iter().flatten().collect();
    #[expect(clippy::cast_possible_truncation, reason = "patches have thousands of cells, and a grid fewer than 2^44")]
    let mut parents: Vec<u32> = (0..all.len() as u32).collect();
    let mut runs: Vec<(u32, u32, u32, u32)> = Vec::new();
    for (patch, component) in (0..).zip(&all).filter(|(_, component)| component.change == Change::Cut) {
        runs.extend(component.runs.iter().map(|run| (run.row, run.start, run.end, patch)));
    }
    runs.sort_unstable();
    // Cuts of one interval do not overlap, so what overlaps is of two.
    for (at, (row, _, end, patch)) in runs.iter().enumerate() {
        let over = runs[at + 1..].iter().take_while(|(other_row, start, ..)| other_row == row && start < end);
        for (.., other) in over {
            unite(&mut parents, *patch, *other);
        }
    }
    // Numbered by their first cut.
    let mut numbers: Vec<Option<usize>> = vec![None; all.len()];
    let mut next = 0;
    for (patch, (component, into)) in (0..).zip(all.iter().zip(patches)) {
        if component.change == Change::Cut {
            let number = numbers[find(&mut parents, patch) as usize].get_or_insert_with(|| {
                next += 1;
                next
            });
            into.working = Some(format!("W{number:03}"));
        }
    }
}

//! Several groups of columns side by side: whether corners run across or down is told by their names.

use super::document::Corner;

/// A corner of a row, with its ring mark.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    pub ring: Option<String>,
    pub corner: Corner,
}

/// Corners in their order, and the finding that says which it is; the code of the refusal where the names do not tell.
pub(super) fn in_order(rows: &[Vec<Option<Cells>>]) -> Result<(Vec<Cells>, Option<&'static str>), &'static str> {
    let groups = rows.iter().map(Vec::len).max().unwrap_or(0);
    let across: Vec<Cells> = rows.iter().flatten().flatten().cloned().collect();
    if groups < 2 {
        return Ok((across, None));
    }
    let down: Vec<Cells> =
        (0..groups).flat_map(|group| rows.iter().filter_map(move |row| row.get(group)?.clone())).collect();
    match (runs(&across), runs(&down)) {
        _ if rows.len() < 2 => Ok((across, Some("groups_across"))),
        (true, false) => Ok((across, Some("groups_across"))),
        (false, true) => Ok((down, Some("groups_down"))),
        _ => Err("groups_order_unclear"),
    }
}

/// Whether the names count up by one, apart from starts of rings and their ends at the first corner.
fn runs(cells: &[Cells]) -> bool {
    let numbers: Option<Vec<u64>> = cells.iter().map(|cells| trailing_number(&cells.corner.label)).collect();
    let Some(numbers) = numbers else { return false };
    let mut start = match numbers.first() {
        Some(first) => *first,
        None => return false,
    };
    let mut counted = false;
    for pair in numbers.windows(2) {
        if pair[1] == pair[0] + 1 {
            counted = true;
        } else if counted && pair[1] <= start {
            // The first corner again, or the next ring.
            start = pair[1];
        } else {
            return false;
        }
    }
    counted
}

fn trailing_number(label: &str) -> Option<u64> {
    let digits = label.len() - label.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    label.get(label.len() - digits..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licences::text::document::Coordinate;

    fn order(rows: &[[&str; 2]]) -> Result<(String, Option<&'static str>), &'static str> {
        let cell = |label: &&str| {
            let at = [Coordinate { value: 0.0, decimals: 0, is_angle: false }; 2];
            (!label.is_empty()).then(|| Cells { ring: None, corner: Corner { label: (*label).into(), at, line: 1 } })
        };
        let rows: Vec<_> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let (cells, note) = in_order(&rows)?;
        Ok((cells.iter().map(|cells| cells.corner.label.to_string()).collect(), note))
    }

    #[test]
    fn names_tell_whether_corners_run_across_or_down() {
        assert_eq!(order(&[["1", "2"], ["3", "4"], ["5", ""]]), Ok(("12345".to_owned(), Some("groups_across"))));
        assert_eq!(order(&[["1", "4"], ["2", "5"], ["3", "1"]]), Ok(("123451".to_owned(), Some("groups_down"))));
        assert_eq!(order(&[["1", "2"]]), Ok(("12".to_owned(), Some("groups_across"))));
        assert_eq!(order(&[["A", "B"], ["C", "D"]]), Err("groups_order_unclear"));
        assert_eq!(order(&[["1", "1"], ["2", "2"], ["3", "3"]]).map(|(_, note)| note), Ok(Some("groups_down")));
    }
}

//! The headings of a corner table: which columns hold which coordinates, names of corners, and statements.

use super::{
    document::{Datum, Order, StatedOrder, datums_within},
    numbers::plain,
    statements::fold,
    words::Word,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Label,
    /// X by a letter, or north in so many words.
    North {
        certain: bool,
    },
    East {
        certain: bool,
    },
    Latitude,
    Longitude,
    Height,
    Ring,
    Word(Word),
}

impl Head {
    fn is_coordinate(self) -> bool {
        matches!(self, Self::North { .. } | Self::East { .. } | Self::Latitude | Self::Longitude)
    }
}

/// Headings without blanks and brackets, and what they stand for. `X` and `Y` are looked at apart.
const NAMES: [(Head, &[&str]); 7] = [
    (
        Head::Label,
        &[
            "点号",
            "拐点",
            "拐点号",
            "拐点编号",
            "拐点序号",
            "界址点号",
            "界址点",
            "序号",
            "编号",
            "点名",
            "号",
            "顶点",
            "顶点号",
            "桩号",
            "no",
            "number",
            "point",
            "corner",
            "pointno",
        ],
    ),
    (Head::Latitude, &["纬度", "大地纬度", "lat", "latitude", "b", "纬度b", "b纬度", "北纬"]),
    (Head::Longitude, &["经度", "大地经度", "lon", "lng", "long", "longitude", "l", "经度l", "l经度", "东经"]),
    (
        Head::North { certain: true },
        &[
            "n",
            "north",
            "northing",
            "northm",
            "northingm",
            "北",
            "北坐标",
            "北坐标x",
            "纵坐标",
            "纵坐标x",
            "x纵坐标",
            "x北坐标",
        ],
    ),
    (
        Head::East { certain: true },
        &[
            "e",
            "east",
            "easting",
            "eastm",
            "eastingm",
            "东",
            "东坐标",
            "东坐标y",
            "横坐标",
            "横坐标y",
            "y横坐标",
            "y东坐标",
        ],
    ),
    (Head::Height, &["h", "z", "高程", "高程h", "elevation", "height"]),
    (Head::Ring, &["圈号", "环号", "圈", "ring", "地块圈号"]),
];

/// Datums as they stand in headings such as `西安80 X`, which keep their last letter when the datum is gone.
const DATUMS: [&str; 8] = [
    "2000国家大地坐标系",
    "1980西安坐标系",
    "西安80坐标系",
    "1954北京坐标系",
    "北京54坐标系",
    "cgcs2000",
    "西安80",
    "北京54",
];

/// The meaning of a heading.
fn head(text: &str) -> Option<Head> {
    let mut folded = fold(text);
    DATUMS.iter().for_each(|datum| folded = folded.replace(datum, ""));
    if folded.is_empty() || folded.chars().count() > 20 {
        return None;
    }
    let is = |names: &[&str]| names.contains(&folded.as_str());
    if let Some((head, _)) = NAMES.iter().find(|(_, names)| is(names)) {
        return Some(*head);
    }
    let in_brackets = plain(text);
    let said = |marks: &[char]| in_brackets.contains(marks);
    if is(&["x", "x坐标", "x坐标值", "坐标x", "xm"]) {
        // Some tables call the east X, and say so.
        return Some(if said(&['东']) {
            Head::East { certain: true }
        } else {
            Head::North { certain: said(&['北', '纵']) }
        });
    }
    if is(&["y", "y坐标", "y坐标值", "坐标y", "ym"]) {
        return Some(if said(&['北']) {
            Head::North { certain: true }
        } else {
            Head::East { certain: said(&['东', '横']) }
        });
    }
    if is(&["区块", "地块", "部分"]) {
        return Some(Head::Word(Word::Part));
    }
    let lower = plain(text).trim().to_lowercase();
    Word::ALL.into_iter().find(|word| word.names().contains(&lower.as_str())).map(Head::Word)
}

/// A pair of columns that holds corners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Column of the names of corners.
    pub label: Option<usize>,
    /// Columns of the coordinates, in the order of the file.
    pub at: [usize; 2],
    pub order: Option<StatedOrder>,
    pub degrees: bool,
    /// Datums named in or above its headings.
    pub datums: Vec<Datum>,
}

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Heads {
    pub groups: Vec<Group>,
    pub ring: Option<usize>,
    pub height: Option<usize>,
    pub words: Vec<(Word, usize)>,
    /// Longitudes and latitudes stand beside plane coordinates, and are not read.
    pub degrees_beside: bool,
}

/// Reads a row as headings, if it is one: it must itself name both coordinates. Where another cell is empty, the one above
/// counts.
pub(super) fn of_row(row: &[String], above: Option<&[String]>) -> Option<Heads> {
    let text = |column: usize| -> &str {
        let own = row.get(column).map_or("", String::as_str);
        if own.is_empty() { above.and_then(|cells| cells.get(column)).map_or("", String::as_str) } else { own }
    };
    let columns = row.len().max(above.map_or(0, <[String]>::len));
    let found: Vec<(usize, Head)> = (0..columns)
        .filter_map(|column| head(text(column)).map(|head| (column, head)))
        .filter(|(column, head)| !head.is_coordinate() || row.get(*column).is_some_and(|own| !own.is_empty()))
        .collect();
    let mut heads = Heads::default();
    let (mut label, mut open): (Option<usize>, Option<(usize, Head)>) = (None, None);
    for (column, head) in found {
        match head {
            Head::Label => label = label.or(Some(column)),
            Head::Ring => heads.ring = heads.ring.or(Some(column)),
            Head::Height => heads.height = heads.height.or(Some(column)),
            // The first column of a kind counts, as in other files.
            Head::Word(word) => {
                if heads.words.iter().all(|(known, _)| *known != word) {
                    heads.words.push((word, column));
                }
            }
            Head::North { .. } | Head::East { .. } | Head::Latitude | Head::Longitude => match open.take() {
                Some((first, other)) if pair(other, head).is_some() => {
                    let (order, degrees) = pair(other, head).expect("just seen");
                    let mut datums = [first, column].map(|at| datums_named(row, above, at)).concat();
                    datums.dedup();
                    let at = [first, column];
                    heads.groups.push(Group { label: label.take(), at, order: Some(order), degrees, datums });
                }
                _ => open = Some((column, head)),
            },
        }
    }
    if heads.groups.is_empty() {
        return None;
    }
    if heads.groups.iter().any(|group| group.degrees) && heads.groups.iter().any(|group| !group.degrees) {
        heads.degrees_beside = true;
        // The name of a corner stands before the first pair, whichever it is.
        let label = heads.groups.first().and_then(|group| group.label);
        heads.groups.retain(|group| !group.degrees);
        if let Some(first) = heads.groups.first_mut() {
            first.label = first.label.or(label);
        }
    }
    Some(heads)
}

/// Datums in the heading of a column, or in the nearest cell above it or to the left of there.
fn datums_named(row: &[String], above: Option<&[String]>, column: usize) -> Vec<Datum> {
    let own = row.get(column).map(|text| datums_within(text)).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    let Some(above) = above else { return own };
    let upto = &above[..above.len().min(column + 1)];
    upto.iter().rev().find(|text| !text.is_empty()).map(|text| datums_within(text)).unwrap_or_default()
}

fn pair(first: Head, second: Head) -> Option<(StatedOrder, bool)> {
    let stated = |order, certain| StatedOrder { order, certain };
    match (first, second) {
        (Head::North { certain: a }, Head::East { certain: b }) => Some((stated(Order::NorthEast, a || b), false)),
        (Head::East { certain: a }, Head::North { certain: b }) => Some((stated(Order::EastNorth, a || b), false)),
        (Head::Latitude, Head::Longitude) => Some((stated(Order::NorthEast, true), true)),
        (Head::Longitude, Head::Latitude) => Some((stated(Order::EastNorth, true), true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(row: &str, above: Option<&str>) -> Option<Heads> {
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        of_row(&cells(row), above.map(cells).as_deref())
    }

    #[test]
    fn headings_in_chinese_and_english_name_their_columns() {
        for (row, order, certain) in [
            ("拐点编号|X|Y", Order::NorthEast, false),
            ("序号|X坐标（m）|Y坐标（m）", Order::NorthEast, false),
            ("点号|纵坐标X|横坐标Y", Order::NorthEast, true),
            ("点号|X(北)|Y(东)", Order::NorthEast, true),
            ("No.|Easting|Northing", Order::EastNorth, true),
            ("Point|Y|X", Order::EastNorth, false),
            ("点号|经度|纬度", Order::EastNorth, true),
        ] {
            let found = heads(row, None).unwrap();
            let expected = StatedOrder { order, certain };
            assert_eq!(
                (found.groups[0].label, found.groups[0].at, found.groups[0].order),
                (Some(0), [1, 2], Some(expected)),
                "{row}"
            );
        }
        assert_eq!(heads("点号|面积|备注", None), None);
        assert_eq!(heads("X|备注", None), None);
    }

    #[test]
    fn two_groups_side_by_side_have_a_name_each_and_two_sets_have_one() {
        let beside = heads("点号|X|Y|点号|X|Y", None).unwrap();
        assert_eq!(beside.groups.iter().map(|group| group.label).collect::<Vec<_>>(), [Some(0), Some(3)]);
        let sets = heads("|X|Y|X|Y", Some("拐点编号|1980西安坐标系||2000国家大地坐标系|")).unwrap();
        assert_eq!(sets.groups.iter().map(|group| group.label).collect::<Vec<_>>(), [Some(0), None]);
        assert_eq!(
            sets.groups.iter().map(|group| group.datums[0]).collect::<Vec<_>>(),
            [Datum::Xian1980, Datum::Cgcs2000]
        );
    }

    #[test]
    fn plane_coordinates_go_before_degrees_and_statements_have_their_columns() {
        let found = heads("许可证号|点号|经度|纬度|X|Y|floor_m|ceiling_m", None).unwrap();
        assert!(found.degrees_beside);
        assert_eq!((found.groups.len(), found.groups[0].label, found.groups[0].at), (1, Some(1), [4, 5]));
        assert_eq!(found.words, [(Word::Licence, 0), (Word::FloorM, 6), (Word::CeilingM, 7)]);
    }
}

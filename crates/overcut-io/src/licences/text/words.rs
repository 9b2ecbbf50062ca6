//! Our words for what a licence file can state, and the names under which each is found.

/// What a licence file can state; each word is also a name of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Id of the licence.
    Licence,
    /// Number of a part.
    Part,
    /// Who holds it.
    Holder,
    /// What may be dug.
    Mineral,
    /// How.
    Method,
    /// Lower limit, metres.
    FloorM,
    /// Upper limit, metres.
    CeilingM,
    /// First valid day.
    ValidFrom,
    /// Last valid day.
    ValidTo,
    /// Layers that may be dug.
    Layers,
    /// What elevations are counted from.
    VerticalDatum,
    /// Area as the document states it, square kilometres.
    AreaKm2,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Licence,
        Self::Part,
        Self::Holder,
        Self::Mineral,
        Self::Method,
        Self::FloorM,
        Self::CeilingM,
        Self::ValidFrom,
        Self::ValidTo,
        Self::Layers,
        Self::VerticalDatum,
        Self::AreaKm2,
    ];

    /// The names under which it is recognised, our own first. Names of elevations carry no unit in Chinese tables, where
    /// metres are the rule.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Licence => {
                &["licence", "licence_id", "license", "license_id", "许可证号", "采矿许可证号", "采矿许可证", "id"]
            }
            Self::Part => &["part"],
            Self::Holder => &["holder", "采矿权人"],
            Self::Mineral => &["mineral", "开采矿种"],
            Self::Method => &["method", "开采方式"],
            Self::FloorM => &["floor_m", "下限标高", "最低开采标高"],
            Self::CeilingM => &["ceiling_m", "上限标高", "最高开采标高"],
            Self::ValidFrom => &["valid_from", "有效期起"],
            Self::ValidTo => &["valid_to", "有效期止"],
            Self::Layers => &["layers", "许可层位"],
            Self::VerticalDatum => &["vertical_datum", "高程基准"],
            Self::AreaKm2 => &["area_km2", "矿区面积"],
        }
    }

    /// The word itself.
    pub fn as_str(self) -> &'static str {
        self.names()[0]
    }
}

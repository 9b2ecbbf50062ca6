//! Volume between two parallel sections: the pair formulas of the reserve standards, and which of them is used.
//!
//! # References
//! The geometric methods of DZ/T 0338.2-2020 (断面法). Formulas and the 40 % rule as in published section sheets (`docs/volumes.md`).

use serde::{Deserialize, Serialize};

/// From this relative difference of two areas on, the frustum is used in place of the mean area.
pub const SWITCH: f64 = 0.40;

/// Areas that differ by 40 % but for rounding differ by 40 %.
const ROUNDING: f64 = 1e-9;

/// Between the share of a cone (1/4) and that of a wedge (1/2) of the end area, half way to a pinch-out.
const WEDGE_FROM: f64 = 0.375;
/// Between the share of a wedge and that of a wall (1).
const BLUNT_FROM: f64 = 0.75;

/// How the volume between two sections is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Mean area x distance (梯形): areas differ by less than 40 % of the larger one.
    EndArea,
    /// Truncated cone (截锥): areas differ by 40 % or more.
    Frustum,
    /// Pinches out along a line (楔形).
    Wedge,
    /// Pinches out in a point (锥形).
    Cone,
    /// Ends bluntly, as behind a wall that the section meets askew (陡端).
    Blunt,
    /// Ground that lies wholly between two sections, and that neither of them cuts: counted as nothing, and reported.
    Missed,
}

/// `(S1 + S2) / 2 · L`.
pub fn end_area_m3(s1_m2: f64, s2_m2: f64, length_m: f64) -> f64 {
    0.5 * (s1_m2 + s2_m2) * length_m
}

/// `(S1 + S2 + √(S1 S2)) / 3 · L`.
pub fn frustum_m3(s1_m2: f64, s2_m2: f64, length_m: f64) -> f64 {
    (s1_m2 + s2_m2 + (s1_m2 * s2_m2).sqrt()) / 3.0 * length_m
}

/// `S · L / 2`.
pub fn wedge_m3(s_m2: f64, length_m: f64) -> f64 {
    0.5 * s_m2 * length_m
}

/// `S · L / 3`.
pub fn cone_m3(s_m2: f64, length_m: f64) -> f64 {
    s_m2 * length_m / 3.0
}

/// `S · L · (2 + h1 / h2) / 6`: a wedge whose edge (h1) is shorter or longer than its base (h2).
pub fn oblique_wedge_m3(s_m2: f64, length_m: f64, edge_m: f64, base_m: f64) -> f64 {
    s_m2 * length_m * (2.0 + edge_m / base_m) / 6.0
}

/// `(S1 + 4 Sm + S2) / 6 · L`, with the area half way.
pub fn prismoid_m3(s1_m2: f64, middle_m2: f64, s2_m2: f64, length_m: f64) -> f64 {
    (s1_m2 + 4.0 * middle_m2 + s2_m2) / 6.0 * length_m
}

impl Formula {
    /// The formula for two areas; at a pinch-out one of them is 0, and the area half way tells cone, wedge and blunt end apart.
    ///
    /// # Examples
    /// ```
    /// use overcut::volume::Formula;
    /// assert_eq!(Formula::choose(100.0, 61.0, 80.0), Formula::EndArea);
    /// assert_eq!(Formula::choose(60.0, 100.0, 80.0), Formula::Frustum);
    /// assert_eq!(Formula::choose(100.0, 0.0, 25.0), Formula::Cone);
    /// ```
    pub fn choose(s1_m2: f64, s2_m2: f64, middle_m2: f64) -> Self {
        let (larger, smaller) = (s1_m2.max(s2_m2), s1_m2.min(s2_m2));
        if larger <= 0.0 {
            Self::Missed
        } else if smaller <= 0.0 {
            match middle_m2 / larger {
                share if share >= BLUNT_FROM => Self::Blunt,
                share if share >= WEDGE_FROM => Self::Wedge,
                _ => Self::Cone,
            }
        } else if (larger - smaller) / larger < SWITCH - ROUNDING {
            Self::EndArea
        } else {
            Self::Frustum
        }
    }

    /// The volume between two sections; the area half way is used by [`Self::Blunt`] alone.
    pub fn volume_m3(self, s1_m2: f64, middle_m2: f64, s2_m2: f64, length_m: f64) -> f64 {
        match self {
            Self::EndArea => end_area_m3(s1_m2, s2_m2, length_m),
            Self::Frustum => frustum_m3(s1_m2, s2_m2, length_m),
            Self::Wedge => wedge_m3(s1_m2.max(s2_m2), length_m),
            Self::Cone => cone_m3(s1_m2.max(s2_m2), length_m),
            Self::Blunt => middle_m2 * length_m,
            Self::Missed => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_area_of_similar_sections_is_too_large_by_what_the_books_say() {
        // S2 / S1 = 0.6: 0.8 against (1.6 + √0.6) / 3 = 0.791532…: + 1.07 %. To a point: ½ against ⅓: + 50 %.
        let bias = |ratio: f64| end_area_m3(1.0, ratio, 1.0) / frustum_m3(1.0, ratio, 1.0) - 1.0;
        assert!((bias(0.6) - 0.0107).abs() < 5e-5, "{}", bias(0.6));
        assert!((bias(0.0) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn the_switch_takes_the_bias_away_from_a_series_of_similar_sections() {
        // Areas of a series fall by the ratio 0.6: S = 0.6^k over equal distances.
        let areas: Vec<f64> = (0..6).map(|k| 0.6_f64.powi(k)).collect();
        let by = |of: &dyn Fn(f64, f64) -> f64| areas.windows(2).map(|pair| of(pair[0], pair[1])).sum::<f64>();
        let truth = by(&|a, b| frustum_m3(a, b, 10.0));
        let mean_areas = by(&|a, b| end_area_m3(a, b, 10.0));
        let switched = by(&|a, b| Formula::choose(a, b, f64::NAN).volume_m3(a, f64::NAN, b, 10.0));
        assert!((mean_areas / truth - 1.0107).abs() < 5e-5);
        assert!((switched / truth - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_earthworks_of_a_textbook_come_out_as_printed() {
        // Fundamentals of Transportation (Wikibooks), Earthwork, worked problem: stations 0 to 150 m, areas in m²; mean areas
        // between sections, a third of the area towards an end without any. Printed: fill 4087.5 m³, cut 1058.3 m³.
        let stations = [0.0, 50.0, 75.0, 100.0, 115.0, 150.0];
        let volume = |areas: [f64; 6]| {
            let pair = |at: usize| {
                let (s1, s2, length) = (areas[at], areas[at + 1], stations[at + 1] - stations[at]);
                if s1 == 0.0 || s2 == 0.0 { cone_m3(s1.max(s2), length) } else { end_area_m3(s1, s2, length) }
            };
            (0..5).map(pair).sum::<f64>()
        };
        let (fill, cut) = ([60.0, 50.0, 25.0, 5.0, 0.0, 0.0], [0.0, 0.0, 0.0, 10.0, 15.0, 30.0]);
        assert!((volume(fill) - 4087.5).abs() < 1e-9 && (volume(cut) - 1058.333).abs() < 1e-3);
        // From 25 to 5 m² the areas differ by 80 %: the switch takes the frustum, 343.2 in place of 375 m³.
        let switched = Formula::choose(25.0, 5.0, f64::NAN);
        assert_eq!(switched, Formula::Frustum);
        assert!((switched.volume_m3(25.0, f64::NAN, 5.0, 25.0) - 343.17).abs() < 0.01);
    }

    #[test]
    fn a_wedge_of_equal_edges_and_one_that_ends_in_a_point_are_the_ends_of_the_oblique_wedge() {
        assert_eq!(oblique_wedge_m3(12.0, 5.0, 3.0, 3.0), wedge_m3(12.0, 5.0));
        assert_eq!(oblique_wedge_m3(12.0, 5.0, 0.0, 3.0), cone_m3(12.0, 5.0));
    }

    #[test]
    fn prismoid_is_exact_for_a_half_ball() {
        // Radius 1 over a height of 1: areas π, 3π/4 and 0 give 2π/3.
        let pi = std::f64::consts::PI;
        assert!((prismoid_m3(pi, 0.75 * pi, 0.0, 1.0) - 2.0 * pi / 3.0).abs() < 1e-15);
    }
}

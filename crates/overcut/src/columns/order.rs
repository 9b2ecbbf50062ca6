//! Planes that lie one over the other, and the place of what is between them.

/// Where a level or a bound lies with respect to a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stand {
    Under,
    Cuts,
    Over,
}

/// The order of planes that do not cross each other, and the places of the pieces between them; kept from cell to cell.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Positions of the planes, from below.
    planes: Vec<usize>,
    /// By position: the first piece over it, pieces counted from below.
    first_over: Vec<usize>,
    /// Of the pieces, from below: one more than there are planes.
    places: Vec<usize>,
}

impl Order {
    /// Orders planes by their heights. Of equal ones, that which stands first lies below.
    pub(crate) fn sort(&mut self, planes: usize, height_m: impl Fn(usize) -> f64) {
        self.planes.clear();
        self.planes.extend(0..planes);
        self.planes.sort_by(|a, b| height_m(*a).total_cmp(&height_m(*b)));
    }

    /// Finds the places: the first `levels` planes are levels, of which the lowest parts `slot` from the next one; the others are bounds of
    /// seams, which are told by layer and how floor and roof stand to the columns, in their order. `place` makes one number of slot and layer.
    pub(crate) fn find_places(
        &mut self,
        (slot, levels): (usize, usize),
        seams: &[(usize, [Stand; 2])],
        place: impl Fn(usize, usize) -> usize,
    ) {
        let Self { planes, first_over, places } = self;
        first_over.clear();
        first_over.resize(planes.len(), 0);
        for (position, plane) in planes.iter().enumerate() {
            first_over[*plane] = position + 1;
        }
        places.clear();
        places.extend((0..=planes.len()).map(|piece| {
            let slot = slot + first_over[..levels].iter().filter(|first| **first <= piece).count();
            place(slot, layer_of(piece, &first_over[levels..], seams))
        }));
    }

    /// Positions of the planes, from below.
    pub(crate) fn planes(&self) -> &[usize] {
        &self.planes
    }

    /// Places of the pieces, from below.
    pub(crate) fn places(&self) -> &[usize] {
        &self.places
    }
}

/// The layer of a piece: of the seams that have their floor under it and their roof over it, the first. `first_over` are those of
/// the bounds that cut the column, in the order of the seams.
fn layer_of(piece: usize, first_over: &[usize], seams: &[(usize, [Stand; 2])]) -> usize {
    let mut cutting = first_over.iter();
    let mut is_under = |stand: Stand| match stand {
        Stand::Under => true,
        Stand::Cuts => cutting.next().is_some_and(|first| *first <= piece),
        Stand::Over => false,
    };
    let holds = |(_, [floor, roof]): &&(usize, [Stand; 2])| {
        // Both are asked: each takes its place among those that cut.
        let (floor_is_under, roof_is_under) = (is_under(*floor), is_under(*roof));
        floor_is_under && !roof_is_under
    };
    seams.iter().find(holds).map_or(0, |(layer, _)| *layer)
}

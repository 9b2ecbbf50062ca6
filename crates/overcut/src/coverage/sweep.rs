//! From the sums of a row to its segments: one sweep from west to east.

use super::{
    accumulate::{LENGTH_STEP, RawContact, RowSums, SHARE, WHOLE},
    row_faces::{Contact, ContactSide, Piece, RowFaces},
};

/// Shares up to 2⁻⁴⁴ of a cell (0.06 µm² of 1 m²) are rounding dust: each piece of edge in a cell rounds by half a share
/// of 2⁻⁵⁰.
const DUST: i64 = 1 << 6;

/// A face that has something in the cell at hand, or to the east of it.
#[derive(Debug, Clone, Copy)]
struct Slot {
    face: u32,
    /// Share of the cell at hand.
    share: i64,
    /// Share of the cells that follow.
    cover: i64,
}

/// The sweep; kept between rows for its memory.
#[derive(Debug)]
pub(super) struct Sweep {
    cols: u32,
    /// Metres per step of a contact's length.
    length_step_m: f64,
    /// Ascending by face, without face 0.
    slots: Vec<Slot>,
}

impl Sweep {
    pub(super) fn new(cols: u32, dx: f64, dy: f64) -> Self {
        Self { cols, length_step_m: LENGTH_STEP * dx.max(dy), slots: Vec::new() }
    }

    /// Writes one row.
    pub(super) fn write(&mut self, sums: &mut RowSums, out: &mut RowFaces) {
        self.slots.clear();
        for &(face, cover) in &sums.before {
            let slot = self.slot(face);
            slot.cover = slot.cover.wrapping_add(cover);
        }
        self.slots.retain(|slot| slot.cover != 0);
        sums.events.sort_unstable_by_key(super::accumulate::Event::key);

        let mut done = 0;
        for cell in sums.events.chunk_by(|a, b| a.col() == b.col()) {
            let col = cell[0].col();
            if done < col {
                out.push_run(done, col, self.sole_face());
            }
            for slot in &mut self.slots {
                slot.share = slot.cover;
            }
            for event in cell {
                let slot = self.slot(event.face());
                slot.share = slot.share.wrapping_add(event.area);
                slot.cover = slot.cover.wrapping_add(event.cover);
            }
            self.write_cell(col, out);
            self.slots.retain(|slot| slot.cover != 0);
            done = col + 1;
        }
        out.push_run(done, self.cols, self.sole_face());
        self.write_contacts(sums, out);
        out.finish_row();
    }

    fn slot(&mut self, face: u32) -> &mut Slot {
        let index = match self.slots.binary_search_by_key(&face, |slot| slot.face) {
            Ok(index) => index,
            Err(index) => {
                self.slots.insert(index, Slot { face, share: 0, cover: 0 });
                index
            }
        };
        &mut self.slots[index]
    }

    /// The face of cells without any edge. Covers being exact, it is the one slot with a cover of 1, or face 0 if there
    /// is none. (The comparison only matters for polygons that [`crate::Licence::validate`] refuses.)
    fn sole_face(&self) -> u32 {
        let outside = self.slots.iter().fold(WHOLE, |left, slot| left.wrapping_sub(slot.cover));
        self.slots
            .iter()
            .fold((outside, 0), |best, slot| if slot.cover > best.0 { (slot.cover, slot.face) } else { best })
            .1
    }

    /// Sweeps dust away, gives the largest share what is left of the whole, and writes the cell.
    fn write_cell(&mut self, col: u32, out: &mut RowFaces) {
        let clean = |share: i64| if share <= DUST { 0 } else { share };
        let mut outside = clean(self.slots.iter().fold(WHOLE, |left, slot| left.wrapping_sub(slot.share)));
        let mut sum = outside;
        let mut largest = None;
        let mut most = outside;
        let mut count = usize::from(outside > 0);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.share = clean(slot.share);
            sum += slot.share;
            count += usize::from(slot.share > 0);
            if slot.share > most {
                (largest, most) = (Some(index), slot.share);
            }
        }
        if count == 1 {
            out.push_run(col, col + 1, largest.map_or(0, |index| self.slots[index].face));
            return;
        }
        match largest {
            Some(index) => self.slots[index].share += WHOLE - sum,
            None => outside += WHOLE - sum,
        }
        let outside = (0, outside);
        let pieces = std::iter::once(outside).chain(self.slots.iter().map(|slot| (slot.face, slot.share)));
        let pieces = pieces.filter(|&(_, share)| share > 0);
        out.push_mixed(col, pieces.map(|(face, share)| Piece { face, fraction: share as f64 * SHARE }));
    }

    fn write_contacts(&self, sums: &mut RowSums, out: &mut RowFaces) {
        let through = sums.events.chunk_by(|a, b| a.key() == b.key()).map(|same| RawContact {
            col: same[0].col(),
            side: ContactSide::Inside,
            face: same[0].face(),
            length: same.iter().fold(0, |sum, event| sum.saturating_add(event.contact)),
        });
        let through = through.filter(|contact| contact.length > 0);
        if sums.contacts.is_empty() {
            through.for_each(|contact| out.push_contact(self.contact(contact)));
            return;
        }
        sums.contacts.extend(through);
        let key = |contact: &RawContact| (contact.col, contact.side, contact.face);
        sums.contacts.sort_unstable_by_key(key);
        for same in sums.contacts.chunk_by(|a, b| key(a) == key(b)) {
            let length = same.iter().fold(0_i64, |sum, contact| sum.saturating_add(contact.length));
            if length > 0 {
                out.push_contact(self.contact(RawContact { length, ..same[0] }));
            }
        }
    }

    fn contact(&self, raw: RawContact) -> Contact {
        Contact { col: raw.col, side: raw.side, face: raw.face, length_m: raw.length as f64 * self.length_step_m }
    }
}

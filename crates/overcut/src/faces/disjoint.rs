//! What hangs together: disjoint sets.

use super::noding::narrow;

/// Disjoint sets of the numbers `0 .. n`, each named by its smallest member (with path halving).
pub(super) struct DisjointSets {
    parents: Vec<u32>,
}

impl DisjointSets {
    /// Every number for itself.
    pub(super) fn new(count: usize) -> Self {
        Self { parents: (0..narrow(count)).collect() }
    }

    /// The smallest member of the set.
    pub(super) fn root(&mut self, mut member: u32) -> u32 {
        while self.parents[member as usize] != member {
            let grandparent = self.parents[self.parents[member as usize] as usize];
            self.parents[member as usize] = grandparent;
            member = grandparent;
        }
        member
    }

    /// Makes one set of two.
    pub(super) fn join(&mut self, p: u32, q: u32) {
        let (p, q) = (self.root(p), self.root(q));
        self.parents[p.max(q) as usize] = p.min(q);
    }
}

//! A surface by reference.

use overcut::{
    GridGeometry,
    dem::SurfaceInfo,
    surface::{BlockLayout, Surface, SurfaceReader},
};

/// A surface that somebody else keeps.
pub(super) struct Through<'a>(pub(super) &'a dyn Surface);

impl Surface for Through<'_> {
    fn info(&self) -> &SurfaceInfo {
        self.0.info()
    }

    fn grid(&self) -> &GridGeometry {
        self.0.grid()
    }

    fn layout(&self) -> BlockLayout {
        self.0.layout()
    }

    fn sha256(&self) -> overcut::Result<Option<String>> {
        self.0.sha256()
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        self.0.open()
    }
}

//! Progress and Ctrl-C while the core works.
//!
//! The work runs on a thread of its own. The thread that called from Python waits for it and, every [`POLL`], attaches to
//! the interpreter to look for signals and to call the progress callable. Python handles signals on its main thread only,
//! and the core may report from any of its workers: this way neither matters, and a long read does not delay Ctrl-C.

use std::{
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use overcut::assessment::{CellBlock, Observer};
use overcut_io::CogWriter;
use pyo3::prelude::*;

/// Time between two looks at the interpreter.
const POLL: Duration = Duration::from_millis(100);

/// What the two threads tell each other.
#[derive(Default)]
pub(crate) struct Board {
    done: AtomicU64,
    all: AtomicU64,
    stop: AtomicBool,
}

/// The core's observer: notes progress on the board and writes the rasters.
pub(crate) struct Watcher<'a> {
    board: &'a Board,
    rasters: Option<CogWriter>,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(board: &'a Board, rasters: Option<CogWriter>) -> Self {
        Self { board, rasters }
    }

    /// Gives the rasters back, to be finished.
    pub(crate) fn into_rasters(self) -> Option<CogWriter> {
        self.rasters
    }
}

impl Observer for Watcher<'_> {
    fn progress(&mut self, done: u64, all: u64) -> bool {
        self.board.all.store(all, Ordering::Relaxed);
        self.board.done.store(done, Ordering::Relaxed);
        !self.board.stop.load(Ordering::Relaxed)
    }

    fn wants_cells(&self) -> bool {
        self.rasters.is_some()
    }

    fn cells(&mut self, block: &CellBlock<'_>) -> overcut::Result<()> {
        match &mut self.rasters {
            Some(rasters) => rasters.cells(block),
            None => Ok(()),
        }
    }
}

/// Runs `work` detached from the interpreter, with progress and Ctrl-C.
///
/// What the progress callable or a signal handler raises stops the work and is returned, in place of the work's result.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&Board) -> T + Send,
) -> PyResult<T> {
    let board = &Board::default();
    let mut reported = None;
    let (result, raised) = py.detach(|| {
        std::thread::scope(|scope| {
            let (finished, wait) = mpsc::channel::<()>();
            let worker = scope.spawn(move || {
                let _dropped_at_the_end = finished;
                work(board)
            });
            let mut raised = None;
            while wait.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
                if raised.is_none()
                    && let Err(error) = Python::attach(|py| look(py, board, progress, &mut reported))
                {
                    board.stop.store(true, Ordering::Relaxed);
                    raised = Some(error);
                }
            }
            (worker.join(), raised)
        })
    });
    match (result, raised) {
        (Err(panic), _) => std::panic::resume_unwind(panic),
        (Ok(_), Some(error)) => Err(error),
        (Ok(result), None) => {
            look(py, board, progress, &mut reported)?;
            Ok(result)
        }
    }
}

fn look(py: Python<'_>, board: &Board, progress: Option<&Py<PyAny>>, reported: &mut Option<u64>) -> PyResult<()> {
    py.check_signals()?;
    let (done, all) = (board.done.load(Ordering::Relaxed), board.all.load(Ordering::Relaxed));
    if let Some(progress) = progress
        && all > 0
        && *reported != Some(done)
    {
        *reported = Some(done);
        progress.call1(py, (done, all))?;
    }
    Ok(())
}

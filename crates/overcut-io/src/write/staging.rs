//! Outputs appear whole or not at all: written in a temporary folder beside their place, flushed to the disk, then renamed.
//!
//! A folder and not a file, because GDAL puts journals and overviews beside what it writes: they go with it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, TempPath};

use crate::error::{Error, Result};

/// Files on their way to one folder.
#[derive(Debug)]
pub(crate) struct Staging {
    temporary: TempDir,
    directory: PathBuf,
    targets: Vec<PathBuf>,
    overwrite: bool,
}

impl Staging {
    /// Prepares files with these names in `directory`, before anything is written: what cannot succeed fails here.
    pub(crate) fn new(directory: &Path, names: &[String], overwrite: bool) -> Result<Self> {
        let targets: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
        Self::prepare(directory, targets, overwrite)
    }

    /// The same for one file.
    pub(crate) fn single(target: &Path, overwrite: bool) -> Result<Self> {
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if target.file_name().is_none() {
            return Err(Error::OutputIsFolder { path: target.display().to_string() });
        }
        Self::prepare(directory, vec![target.to_owned()], overwrite)
    }

    fn prepare(directory: &Path, targets: Vec<PathBuf>, overwrite: bool) -> Result<Self> {
        let shown =
            targets.first().map_or_else(|| directory.display().to_string(), |target| target.display().to_string());
        if !directory.is_dir() {
            return Err(Error::OutputFolderMissing { path: shown, directory: directory.display().to_string() });
        }
        for target in &targets {
            if target.is_dir() {
                return Err(Error::OutputIsFolder { path: target.display().to_string() });
            }
            if !overwrite && target.symlink_metadata().is_ok() {
                return Err(Error::OutputExists { path: target.display().to_string() });
            }
        }
        let temporary = tempfile::Builder::new().prefix(".overcut-").tempdir_in(directory).map_err(|source| {
            Error::OutputFailed { path: shown, doing: "making a temporary folder beside it", source }
        })?;
        Ok(Self { temporary, directory: directory.to_owned(), targets, overwrite })
    }

    /// Where file number `index` is to be written now.
    pub(crate) fn path(&self, index: usize) -> PathBuf {
        self.temporary.path().join(self.targets[index].file_name().expect("checked when prepared"))
    }

    /// Where file number `index` will stand, for messages.
    pub(crate) fn target(&self, index: usize) -> String {
        self.targets[index].display().to_string()
    }

    /// The temporary folder, for whatever else is needed on the way.
    pub(crate) fn folder(&self) -> &Path {
        self.temporary.path()
    }

    /// Moves all files to their places; if one cannot be moved, those before it are taken back.
    pub(crate) fn publish(self) -> Result<Vec<PathBuf>> {
        for (index, target) in self.targets.iter().enumerate() {
            let flush = || File::options().write(true).open(self.path(index))?.sync_all();
            flush().map_err(|source| failed(target, "flushing it to the disk", source))?;
        }
        let mut done: Vec<(&Path, Option<PathBuf>)> = Vec::new();
        for (index, target) in self.targets.iter().enumerate() {
            match self.place(index, target) {
                Ok(backup) => done.push((target, backup)),
                Err(error) => {
                    for (target, backup) in done.into_iter().rev() {
                        // Best effort: the error that is returned is the one that matters.
                        let _ = match backup {
                            Some(backup) => fs::rename(backup, target),
                            None => fs::remove_file(target),
                        };
                    }
                    return Err(error);
                }
            }
        }
        // The names are safe too once the folder is flushed; not every system can do that, and the files are whole anyway.
        #[cfg(unix)]
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
        Ok(self.targets)
    }

    /// Moves one file; gives a copy of what it replaced where there are several to keep in step.
    fn place(&self, index: usize, target: &Path) -> Result<Option<PathBuf>> {
        let staged = self.path(index);
        if !self.overwrite {
            return match TempPath::try_from_path(staged)
                .map_err(|source| failed(target, "renaming it", source))?
                .persist_noclobber(target)
            {
                Ok(()) => Ok(None),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    Err(Error::OutputExists { path: target.display().to_string() })
                }
                Err(error) => Err(failed(target, "renaming it", error.error)),
            };
        }
        let mut backup = None;
        if self.targets.len() > 1 && target.exists() {
            let copy = self.temporary.path().join(format!("replaced-{index}"));
            fs::hard_link(target, &copy)
                .or_else(|_| fs::copy(target, &copy).map(|_| ()))
                .map_err(|source| failed(target, "keeping what it replaces", source))?;
            backup = Some(copy);
        }
        fs::rename(staged, target).map_err(|source| failed(target, "renaming it", source))?;
        Ok(backup)
    }
}

fn failed(target: &Path, doing: &'static str, source: io::Error) -> Error {
    Error::OutputFailed { path: target.display().to_string(), doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn two(folder: &Path, overwrite: bool) -> Staging {
        let staging = Staging::new(folder, &["a.csv".to_owned(), "b.csv".to_owned()], overwrite).unwrap();
        fs::write(staging.path(0), "new a").unwrap();
        fs::write(staging.path(1), "new b").unwrap();
        staging
    }

    #[test]
    fn files_appear_only_when_published_and_the_temporary_folder_goes() {
        let folder = tempfile::tempdir().unwrap();
        let staging = two(folder.path(), false);
        assert!(!folder.path().join("a.csv").exists());
        staging.publish().unwrap();
        assert_eq!(names(folder.path()), ["a.csv", "b.csv"]);
    }

    #[test]
    fn dropped_before_the_end_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        drop(two(folder.path(), false));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_overwritten_and_the_others_are_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let staging = two(folder.path(), false);
        fs::write(folder.path().join("b.csv"), "theirs").unwrap();
        assert!(matches!(staging.publish(), Err(Error::OutputExists { .. })));
        assert_eq!(names(folder.path()), ["b.csv"]);
        assert_eq!(fs::read_to_string(folder.path().join("b.csv")).unwrap(), "theirs");
    }

    #[test]
    fn replaced_files_come_back_when_a_later_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "old a").unwrap();
        let staging = two(folder.path(), true);
        // A folder cannot be replaced by a file.
        fs::create_dir(folder.path().join("b.csv")).unwrap();
        assert!(matches!(staging.publish(), Err(Error::OutputFailed { .. })));
        assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "old a");
        assert_eq!(names(folder.path()), ["a.csv", "b.csv"]);
    }

    #[test]
    fn no_folder_a_folder_in_place_of_the_file_and_an_existing_file_fail_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("no/such/out.json");
        assert!(matches!(Staging::single(&absent, true), Err(Error::OutputFolderMissing { .. })));
        assert!(matches!(Staging::single(folder.path(), true), Err(Error::OutputIsFolder { .. })));
        let file = folder.path().join("out.json");
        fs::write(&file, "old").unwrap();
        assert!(matches!(Staging::single(&file, false), Err(Error::OutputExists { .. })));
        assert!(matches!(Staging::single(&file.join("out.json"), false), Err(Error::OutputFolderMissing { .. })));
        assert_eq!(names(folder.path()), ["out.json"]);
    }
}

//! What is to be known about a file: how bad, where, what.
//!
//! A finding is data. Its sentence stands in the catalogue of the package (`licences.CODE`), in English and in Chinese, and
//! takes the values by their names. What cannot be read at all is a [`Refusal`]: one finding, and nothing else.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be known; nothing is wrong.
    Info,
    /// Something departs from the rule, and was read in the only way that makes sense: to be looked at.
    Warning,
    /// Something is wrong: an assessment would be refused, or would answer another question.
    Error,
}

impl Severity {
    /// The word: `info`, `warning`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where something stands. What is not known or not meant is `None`; all numbers count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Sheet of a workbook, or layer of a file.
    pub sheet: Option<String>,
    /// Line of a text, or row of a sheet or layer.
    pub line: Option<usize>,
    /// Column, by its heading or its number.
    pub column: Option<String>,
    /// Id of the licence.
    pub licence: Option<String>,
    /// Part of the licence.
    pub part: Option<usize>,
    /// Ring: within a part the outer ring is 1; before parts are made, its order in the file.
    pub ring: Option<usize>,
    /// Corner, as it is called in the file, or its number.
    pub corner: Option<String>,
}

impl Place {
    /// Nowhere in particular: the whole file.
    pub fn file() -> Self {
        Self::default()
    }

    /// A line of a text.
    pub fn line(line: usize) -> Self {
        Self { line: Some(line), ..Self::default() }
    }

    /// A licence.
    pub fn licence(id: &str) -> Self {
        Self { licence: Some(id.to_owned()), ..Self::default() }
    }

    /// The same place, and a column.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// The same place, and a sheet.
    #[must_use]
    pub fn sheet(mut self, sheet: Option<&str>) -> Self {
        self.sheet = sheet.map(str::to_owned);
        self
    }

    /// The same place, and a corner.
    #[must_use]
    pub fn corner(mut self, corner: &str) -> Self {
        self.corner = (!corner.is_empty()).then(|| corner.to_owned());
        self
    }

    /// What is stated, with its word, from the large to the small.
    pub fn stated(&self) -> Vec<(&'static str, String)> {
        let number = |value: Option<usize>| value.map(|value| value.to_string());
        [
            ("sheet", self.sheet.clone()),
            ("line", number(self.line)),
            ("column", self.column.clone()),
            ("licence", self.licence.clone()),
            ("part", number(self.part)),
            ("ring", number(self.ring)),
            ("corner", self.corner.clone()),
        ]
        .into_iter()
        .filter_map(|(word, value)| value.map(|value| (word, value)))
        .collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stated = self.stated();
        if stated.is_empty() {
            return f.write_str("the file");
        }
        let shown: Vec<String> = stated.into_iter().map(|(word, value)| format!("{word} {value}")).collect();
        f.write_str(&shown.join(", "))
    }
}

/// Something that a reader or a check has noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which one: a key of the catalogue, below `licences.`.
    pub code: &'static str,
    /// Where.
    pub place: Place,
    /// What was found and what would mend it, by the names that the sentence uses.
    pub values: Vec<(&'static str, String)>,
}

/// Longest text of a file that is repeated in a finding, in characters.
const LONGEST_QUOTE: usize = 60;

impl Finding {
    fn new(severity: Severity, code: &'static str, place: Place) -> Self {
        Self { severity, code, place, values: Vec::new() }
    }

    /// Nothing is wrong.
    pub fn info(code: &'static str, place: Place) -> Self {
        Self::new(Severity::Info, code, place)
    }

    /// To be looked at.
    pub fn warning(code: &'static str, place: Place) -> Self {
        Self::new(Severity::Warning, code, place)
    }

    /// Wrong.
    pub fn error(code: &'static str, place: Place) -> Self {
        Self::new(Severity::Error, code, place)
    }

    /// Adds a value; texts of the file are shortened.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        let mut short: String = value.chars().take(LONGEST_QUOTE).collect();
        if short.len() < value.len() {
            short.push('…');
        }
        self.values.push((name, short));
        self
    }

    /// Adds a value that is ours, such as a list of codes, whole.
    #[must_use]
    pub fn with_all(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.code)?;
        if !self.values.is_empty() {
            let shown: Vec<String> = self.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            write!(f, " ({})", shown.join("; "))?;
        }
        Ok(())
    }
}

/// A file that cannot be read, or could be read in two ways: what was found, and (as the value `state`, where there is one)
/// what has to be stated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub Box<Finding>);

impl Refusal {
    /// A refusal at a place.
    pub fn new(code: &'static str, place: Place) -> Self {
        Self(Box::new(Finding::error(code, place)))
    }

    /// Adds a value; texts of the file are shortened.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        Self(Box::new(self.0.with(name, value)))
    }

    /// Adds a value that is ours, whole.
    #[must_use]
    pub fn with_all(self, name: &'static str, value: impl fmt::Display) -> Self {
        Self(Box::new(self.0.with_all(name, value)))
    }
}

//! What this process has used so far, where the system tells (Linux).

use std::fs::read_to_string;

/// Greatest resident memory, MB of 10⁶ bytes.
pub fn peak_rss_mb() -> Option<f64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// Processor time of all threads, user and system, seconds, to a hundredth.
pub fn cpu_seconds() -> Option<f64> {
    let stat = read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th words after it.
    let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = words.get(11..13)?.iter().map(|word| word.parse::<f64>().unwrap_or(0.0)).sum();
    // USER_HZ is 100 on every Linux that Rust runs on.
    Some(ticks / 100.0)
}

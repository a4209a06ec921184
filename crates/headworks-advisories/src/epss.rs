//! Scores of how likely a vulnerability is exploited within a month, in the CSV that FIRST publishes.

use std::collections::BTreeMap;

/// Longest file that is read.
pub const SCORES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Scores by CVE id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epss {
    /// The line that names model and date, when there is one.
    pub about: String,
    scores: BTreeMap<String, Score>,
}

/// One score, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Probability of exploitation within 30 days.
    pub probability: String,
    /// Share of vulnerabilities that score lower.
    pub percentile: String,
}

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpssError {
    /// It is longer than any such file.
    #[error("{0} bytes; at most {SCORES_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// Its first line of data is not the header.
    #[error("it does not start with `cve,epss,percentile`")]
    NoHeader,
    /// A line is not an id and two numbers from 0 to 1.
    #[error("line {0} is not an id and two numbers from 0 to 1")]
    Line(usize),
}

impl Epss {
    /// Reads a file of scores.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, EpssError> {
        if bytes.len() > SCORES_BYTES_MAX {
            return Err(EpssError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| EpssError::NotText)?;
        let mut lines = text.lines().enumerate().peekable();
        let about = match lines.peek() {
            Some((_, line)) if line.starts_with('#') => lines.next().map_or("", |(_, line)| line),
            _ => "",
        };
        if lines.next().map(|(_, line)| line.trim()) != Some("cve,epss,percentile") {
            return Err(EpssError::NoHeader);
        }
        let data = lines.filter(|(_, line)| !line.trim().is_empty());
        let scores = data.map(|(index, line)| score(line).ok_or(EpssError::Line(index.saturating_add(1))));
        Ok(Self { about: about.trim_start_matches('#').to_owned(), scores: scores.collect::<Result<_, _>>()? })
    }

    /// The score of the first of these ids that has one.
    pub fn find(&self, ids: &[&str]) -> Option<&Score> {
        ids.iter().find_map(|id| self.scores.get(*id))
    }
}

fn score(line: &str) -> Option<(String, Score)> {
    let mut fields = line.trim().split(',');
    let (id, probability, percentile) = (fields.next()?, fields.next()?, fields.next()?);
    let is_share = |text: &str| text.parse::<f64>().is_ok_and(|share| (0.0..=1.0).contains(&share));
    let is_whole = fields.next().is_none() && !id.is_empty() && is_share(probability) && is_share(percentile);
    is_whole.then(|| (id.to_owned(), Score { probability: probability.to_owned(), percentile: percentile.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_found_by_its_cve_id() {
        let csv = b"#model_version:v1,score_date:2026-01-01\ncve,epss,percentile\nCVE-1,0.5,0.9\n";
        let epss = Epss::parse(csv).expect("has scores");
        assert_eq!(epss.find(&["X", "CVE-1"]).map(|score| score.probability.as_str()), Some("0.5"));
        assert_eq!(epss.about, "model_version:v1,score_date:2026-01-01");
    }

    #[test]
    fn a_file_that_is_no_list_of_scores_is_refused() {
        assert_eq!(Epss::parse(b"CVE-1,0.5,0.9\n"), Err(EpssError::NoHeader));
        for bad in ["CVE-1,0.5", "CVE-1,2,0.9", "CVE-1,0.5,0.9,1", ",0.5,0.9", "CVE-1,x,0.9", "CVE-1,NaN,0.9"] {
            let csv = format!("cve,epss,percentile\n{bad}\n");
            assert_eq!(Epss::parse(csv.as_bytes()), Err(EpssError::Line(2)), "{bad}");
        }
        assert_eq!(Epss::parse(b"\xff"), Err(EpssError::NotText));
    }
}

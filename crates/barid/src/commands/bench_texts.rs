//! `barid bench`: texts screened in the process, the first one of all apart: it lays the names out.

use std::fmt::Write;
use std::time::{Duration, Instant};

use barid_app::{App, TextScreening};

use super::CommandError;
use super::bench::{BenchArgs, Figure, bureau_context, figure, push_times, synthetic_name};

/// Characters of one text, about: ten pages.
const TEXT_CHARS: usize = 20_000;
/// Words between names.
const WORDS: &str = "said on the same day that nothing new was known about what had been agreed before and that both \
    sides would meet again at the end of the week while the police looked for witnesses near the old harbour";

pub async fn measure(app: &App, args: &BenchArgs, figures: &mut Vec<Figure>) -> Result<(), CommandError> {
    if args.texts == 0 {
        return Ok(());
    }
    let ctx = bureau_context()?;
    let mut times = Vec::new();
    let (mut finds, mut bytes) = (0, 0);
    for number in 0..=u64::from(args.texts) {
        let text = text(number, u64::from(args.persons.max(1)));
        bytes += text.len();
        let begun = Instant::now();
        let screening = TextScreening { text, ..TextScreening::default() };
        finds += app.screen_text(&ctx, &screening).await?.stretches.len();
        times.push(begun.elapsed());
    }
    let first = times.remove(0);
    figures.push(figure("first text, names laid out for it", first.as_secs_f64() * 1e3, "ms"));
    let elapsed: Duration = times.iter().sum();
    push_times("texts of 20,000 characters, journalled, in process", &mut times, elapsed, figures);
    let count = f64::from(args.texts + 1);
    let megabytes = bytes as f64 / 1e6 * f64::from(args.texts) / count;
    figures.push(figure("  as text", megabytes / elapsed.as_secs_f64().max(1e-9), "MB/s"));
    figures.push(figure("  finds per text", finds as f64 / count, ""));
    figures.push(figure("names laid out", app.index_memory().text_bytes as f64 / 1_048_576.0, "MiB"));
    Ok(())
}

/// A text in which every fortieth word begins a name: of somebody who is there, and of somebody who is not.
fn text(number: u64, persons: u64) -> String {
    let mut text = String::new();
    let mut next = number * 1_000;
    while text.len() < TEXT_CHARS {
        next += 1;
        let person = if next.is_multiple_of(2) { next * 7_919 % persons } else { persons + next };
        // Writing to a String can't fail.
        let _ = write!(text, "{} {WORDS}. ", capitals(&synthetic_name(person)));
    }
    text
}

fn capitals(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters.map(|c| c.to_ascii_lowercase())).collect())
    };
    name.split(' ').filter_map(capital).collect::<Vec<String>>().join(" ")
}

//! Phone normalisation against the phone library alone, on the writings people use most (DESIGN 8).

use pg_member::domain::address::phone::{Region, normalize};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often each side runs; the median counts.
const ROUNDS: usize = 7;

fn main() {
    let russian: Vec<String> = (0..20_000u32)
        .map(|n| format!("8 (9{:02}) {:03}-{:02}-{:02}", n % 100, n * 7 % 1000, n * 13 % 100, n * 29 % 100))
        .collect();
    let international: Vec<String> = (0..20_000u32).map(|n| format!("+4420{:08}", 79_460_000 + n % 9_999)).collect();
    compare("8 (9xx) xxx-xx-xx", &russian);
    compare("+44…, E.164", &international);
}

/// Prints the medians of both in turn and their ratio.
fn compare(name: &str, numbers: &[String]) {
    let (mut ours, mut library) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(numbers, |number| normalize(number, Region::RU).ok().map(|e164| e164.into_owned())));
        library.push(time(numbers, |number| {
            let parsed = PHONE_NUMBER_UTIL.parse(number, Some(rlibphonenumber::Region::RU)).ok()?;
            let valid = PHONE_NUMBER_UTIL.is_valid_number(&parsed);
            valid.then(|| PHONE_NUMBER_UTIL.format(&parsed, PhoneNumberFormat::E164).into_owned())
        }));
    }
    let (ours, library) = (median(ours), median(library));
    println!(
        "phone {name}: ours {ours:.2} us, the library {library:.2} us, library/ours {:.1}, goal >= 3",
        library / ours
    );
}

/// Microseconds a number.
fn time(numbers: &[String], normalize: impl Fn(&str) -> Option<String>) -> f64 {
    let begun = Instant::now();
    for number in numbers {
        black_box(normalize(black_box(number)));
    }
    let spent: Duration = begun.elapsed();
    spent.as_secs_f64() * 1e6 / numbers.len() as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

//! Any text, as an identifier of any type under any settings: a normal form that is its own normal form, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::address::{AddrType, Check, Region, Rules, detect, normalize, plan};

const CHECKS: [Check; 3] = [Check::Off, Check::Warn, Check::Strict];
const REGIONS: [&str; 6] = ["RU", "US", "BY", "IT", "BR", "DE"];

fuzz_target!(|input: (u8, u8, &str)| {
    let (kind, settings, raw) = input;
    let choice = usize::from(settings);
    let rules = Rules {
        utf8: choice % 2 == 0,
        tld: CHECKS[choice / 2 % 3],
        phone: CHECKS[choice / 6 % 3],
        region: Region::parse(REGIONS[choice / 18 % 6]).expect("these regions exist"),
    };
    let addr_type = AddrType::ALL.get(usize::from(kind)).copied();
    if let Ok(done) = normalize(raw, addr_type, &rules) {
        assert_eq!(done.address.addr_type, addr_type.unwrap_or_else(|| detect(raw)));
        let again = normalize(&done.address.value, Some(done.address.addr_type), &rules);
        assert_eq!(again.map(|again| again.address).as_ref(), Ok(&done.address));
    }
    let _ = plan::parse(raw);
});

//! Who takes part in a plan: subscribers as they are and as they become.

use crate::domain::address::{AddrType, Address};
use crate::domain::json::EMPTY_OBJECT;

/// A head as a plan sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; none for an identifier never seen, in a plan that is only shown.
    pub id: Option<i64>,
    /// The identifier.
    pub address: Address,
}

/// A subscriber in a plan.
#[derive(Clone, Debug)]
pub struct Person {
    /// The number of its body; none for one that is yet to be made, in a plan that is only shown.
    pub dataset: Option<i64>,
    /// The version its body has, or had before it went; 0 for one that was never there.
    pub version: i64,
    /// Its data before heads are moved: what a plan changes is told against it.
    pub before: Vec<u8>,
    /// Its data as planned so far.
    pub data: Vec<u8>,
    /// Its heads as planned so far.
    pub heads: Vec<Head>,
    /// Merges that it took part in within the last 24 hours, where there is a limit.
    pub merges_today: usize,
    /// Whether it exists, as planned so far.
    pub exists: bool,
    /// Whether its body is to be made, or made again.
    pub is_new: bool,
    /// Whether the plan does anything to it.
    pub is_touched: bool,
    /// Whether the call writes its data whatever the plan does.
    pub is_written: bool,
}

impl Person {
    /// A subscriber that is there.
    pub fn new(dataset: Option<i64>, version: i64, data: Vec<u8>, heads: Vec<Head>) -> Person {
        let before = data.clone();
        Person {
            dataset,
            version,
            before,
            data,
            heads,
            merges_today: 0,
            exists: true,
            is_new: false,
            is_touched: false,
            is_written: false,
        }
    }

    /// A subscriber that is not there yet, or not any more.
    pub fn absent(dataset: Option<i64>) -> Person {
        Person { exists: false, is_new: true, ..Person::new(dataset, 0, EMPTY_OBJECT.to_vec(), Vec::new()) }
    }

    /// Whether this is one of its heads.
    pub fn has(&self, address: &Address) -> bool {
        self.heads.iter().any(|head| head.address == *address)
    }

    /// Its heads of a type.
    pub fn of_type(&self, addr_type: AddrType) -> impl Iterator<Item = &Head> {
        self.heads.iter().filter(move |head| head.address.addr_type == addr_type)
    }

    /// Whether its data differ from what they were.
    pub fn has_new_data(&self) -> bool {
        self.before != self.data
    }
}

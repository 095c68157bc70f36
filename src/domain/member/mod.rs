//! The calls on one subscriber: what a request asks, what follows from it, what the reply shows (members.md 6 and 9).

pub mod cookie;
pub mod count;
pub mod delete;
pub mod get;
pub mod head;
pub mod list;
pub mod list_column;
pub mod lock_state;
pub mod select;
pub mod selector;
pub mod set;
pub mod special;
pub mod stoplist;
pub mod stoplist_list;
pub mod system;
pub mod target;

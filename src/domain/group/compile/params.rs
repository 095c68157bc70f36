//! The parameters of compiled SQL.

/// A value that is bound. Numbers that may be of any size are bound as texts, and the SQL casts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// text
    Text(String),
    /// bigint
    Bigint(i64),
    /// jsonb, as the bytes of its root container
    Jsonb(Vec<u8>),
    /// text[]
    Texts(Vec<String>),
}

/// Parameters that are being collected.
#[derive(Debug)]
pub struct Params {
    first: usize,
    params: Vec<Param>,
}

impl Params {
    /// None yet; the first one gets this number.
    pub fn new(first: usize) -> Params {
        Params { first, params: Vec::new() }
    }

    /// Binds one more, and gives its name: `$3`.
    pub fn bind(&mut self, param: Param) -> String {
        let number = self.next();
        self.params.push(param);
        format!("${number}")
    }

    /// The number that the next one gets.
    pub fn next(&self) -> usize {
        self.first + self.params.len()
    }

    /// Takes over those of a part that was compiled with numbers from [`Params::next`] on.
    pub fn extend(&mut self, params: Vec<Param>) {
        self.params.extend(params);
    }

    /// Binds a text.
    pub fn text(&mut self, text: &str) -> String {
        self.bind(Param::Text(text.to_owned()))
    }

    /// Binds a machine integer. The cast says so where a column is narrower.
    pub fn integer(&mut self, integer: i64) -> String {
        format!("{}::bigint", self.bind(Param::Bigint(integer)))
    }

    /// Binds an exact number.
    pub fn number(&mut self, text: &str) -> String {
        format!("{}::pg_catalog.text::pg_catalog.numeric", self.text(text))
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Param> {
        self.params
    }
}

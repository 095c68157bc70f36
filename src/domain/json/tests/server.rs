//! Bytes as PostgreSQL stores them.

//! Holds nothing: what is here are tests.

//! Evidence and policy to verdict.

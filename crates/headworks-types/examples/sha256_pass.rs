//! Reads every file below a path and computes its SHA-256, one after another: what reading and hashing cost alone.

#![expect(clippy::disallowed_methods, reason = "an example reads files itself")]

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use headworks_types::digest::Hasher;

fn main() -> io::Result<()> {
    let mut left: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut buffer = vec![0; 256 << 10];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        } else {
            pass(&path, &mut buffer)?;
        }
    }
    Ok(())
}

fn pass(path: &Path, buffer: &mut [u8]) -> io::Result<()> {
    let (mut file, mut hasher) = (File::open(path)?, Hasher::default());
    loop {
        match file.read(buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    std::hint::black_box(hasher.finish());
    Ok(())
}

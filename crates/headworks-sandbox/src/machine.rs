//! The hardware and the kernel that a run had.

use std::fs;

use serde_json::{Value, json};

/// What the system says of processors, memory, accelerators and its kernel.
pub(crate) fn describe() -> Value {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    json!({
        "architecture": std::env::consts::ARCH,
        "operatingSystem": std::env::consts::OS,
        "kernel": read("/proc/sys/kernel/osrelease"),
        "processor": read("/proc/cpuinfo").as_deref().and_then(|text| after(text, "model name")),
        "processors": processors,
        "memory": read("/proc/meminfo").as_deref().and_then(|text| after(text, "MemTotal")),
        "accelerators": accelerators(),
        "acceleratorDriver": read("/proc/driver/nvidia/version").as_deref().and_then(|text| text.lines().next()),
    })
}

/// The value behind a name and a colon.
fn after(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Accelerators by their vendor and device numbers, from the bus and from the driver of the most common ones.
fn accelerators() -> Vec<String> {
    let entries = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = entries("/proc/driver/nvidia/gpus")
        .filter_map(|gpu| after(&fs::read_to_string(gpu.join("information")).ok()?, "Model"));
    let on_the_bus = entries("/sys/bus/pci/devices").filter_map(|device| {
        let part = |name: &str| fs::read_to_string(device.join(name)).ok().map(|text| text.trim().to_owned());
        // Classes 0x03 are displays, 0x12 processing accelerators.
        let is_one = part("class").is_some_and(|class| class.starts_with("0x03") || class.starts_with("0x12"));
        is_one.then(|| format!("pci {}:{}", part("vendor").unwrap_or_default(), part("device").unwrap_or_default()))
    });
    let mut found: Vec<String> = named.chain(on_the_bus).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_behind_its_name() {
        assert_eq!(after("x : 1\nmodel name\t: Some CPU\n", "model name").as_deref(), Some("Some CPU"));
        assert_eq!(after("nothing", "model name"), None);
    }
}

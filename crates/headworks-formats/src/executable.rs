//! Programs: ELF, PE and Mach-O by their headers, scripts by their interpreter line.
//!
//! Sources: the System V ABI (ELF), Microsoft's PE format, Apple's `mach-o/loader.h` and `fat.h`;
//! `object` holds their structures. A program is explained whole: what it does is no question of
//! format, and the fact that it is there is for a rule to judge.
//!
//! Not covered: what a program does; symbols, sections and signatures are not judged.

use headworks_types::{Fault, fact::ExecutableFact};
use object::read::pe::ImageNtHeaders;
use object::{Endianness, FileKind, elf, macho, pe};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};

/// Native programs and scripts.
pub(crate) static FORMAT: Format = Format { id: "executable", title: "executable", claims, inspect };

/// A native program as its header describes it.
struct Native {
    container: &'static str,
    architecture: String,
}

fn claims(probe: &Probe<'_>) -> bool {
    is_script(probe.head) || Native::of(probe.head, probe.input.bytes.size()).is_some()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let head = match head(input) {
        Ok(head) => head,
        Err(fault) => return inspection.fact(whole, fault.in_format(FORMAT.id, "the header")),
    };
    if let Some(Native { container, architecture }) = Native::of(&head, input.bytes.size()) {
        inspection.identified(input, FORMAT.id, format!("executable, {container} {architecture}"));
        return inspection.fact(whole, ExecutableFact::Native { container: container.to_owned(), architecture });
    }
    inspection.identified(input, FORMAT.id, "script with an interpreter line");
    match is_script(&head) {
        true => script(input, &head, inspection),
        false => inspection.fact(whole, Fault::Unexplained { format: FORMAT.id.into() }),
    }
}

fn head(input: &Input<'_>) -> Result<Vec<u8>, ReadFault> {
    let count = usize::try_from(input.bytes.size()).unwrap_or(Probe::WINDOW).min(Probe::WINDOW);
    Reader::new(input.bytes).take(count).map(<[u8]>::to_vec)
}

/// `#!` and a path, as the kernel wants it. `#![feature]` and a shebang-like comment are none.
fn is_script(head: &[u8]) -> bool {
    head.strip_prefix(b"#!").is_some_and(|line| line.trim_ascii_start().starts_with(b"/"))
}

/// States the interpreter; what follows the line is explained by the formats of its text.
fn script(input: &Input<'_>, head: &[u8], inspection: &mut Inspection<'_>) {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let interpreter = String::from_utf8_lossy(line.strip_prefix(b"#!").unwrap_or(line));
    let interpreter = shortened(interpreter.trim());
    inspection.fact(input.place.at(0..line.len() as u64), ExecutableFact::Script { interpreter });
    match binary_from(input) {
        // A self-extracting archive: a shell reads the first lines, and something else the rest.
        Ok(Some(at)) => {
            let rest = input.place.at(at..input.bytes.size());
            inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() });
        }
        Ok(None) => {}
        Err(fault) => inspection.fact(input.place.at(0..input.bytes.size()), fault.in_format(FORMAT.id, "the script")),
    }
}

/// Offset of the first byte that no text has.
fn binary_from(input: &Input<'_>) -> Result<Option<u64>, ReadFault> {
    let mut reader = Reader::new(input.bytes);
    while reader.left() > 0 {
        let at = reader.position();
        let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
        let is_binary = |byte: &u8| matches!(byte, 0..=6 | 14..=26 | 28..=31);
        if let Some(index) = reader.take(count)?.iter().position(is_binary) {
            return Ok(Some(at.saturating_add(index as u64)));
        }
    }
    Ok(None)
}

impl Native {
    /// What the header of a file of `size` bytes says, when it is one a loader would take.
    fn of(head: &[u8], size: u64) -> Option<Self> {
        match FileKind::parse(head).ok()? {
            FileKind::Elf32 => Self::elf::<elf::FileHeader32<Endianness>>(head),
            FileKind::Elf64 => Self::elf::<elf::FileHeader64<Endianness>>(head),
            FileKind::Pe32 => Self::pe::<pe::ImageNtHeaders32>(head),
            FileKind::Pe64 => Self::pe::<pe::ImageNtHeaders64>(head),
            FileKind::MachO32 => Self::mach_o::<macho::MachHeader32<Endianness>>(head),
            FileKind::MachO64 => Self::mach_o::<macho::MachHeader64<Endianness>>(head),
            FileKind::MachOFat32 => Self::fat::<macho::FatArch32>(head, size),
            FileKind::MachOFat64 => Self::fat::<macho::FatArch64>(head, size),
            _ => None,
        }
    }

    fn elf<Header: object::read::elf::FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Self> {
        let header = Header::parse(head).ok()?;
        let endian = header.endian().ok()?;
        let is_file = (elf::ET_REL..=elf::ET_CORE).contains(&header.e_type(endian));
        let is_sized = usize::from(header.e_ehsize(endian)) == size_of::<Header>();
        let architecture = elf_architecture(header.e_machine(endian));
        (is_file && is_sized).then_some(Self { container: "ELF", architecture })
    }

    fn pe<Headers: ImageNtHeaders>(head: &[u8]) -> Option<Self> {
        let dos = pe::ImageDosHeader::parse(head).ok()?;
        let mut offset = u64::from(dos.nt_headers_offset());
        let (headers, _) = Headers::parse(head, &mut offset).ok()?;
        let machine = headers.file_header().machine.get(object::LittleEndian);
        Some(Self { container: "PE", architecture: pe_architecture(machine) })
    }

    fn mach_o<Header: object::read::macho::MachHeader<Endian = Endianness>>(head: &[u8]) -> Option<Self> {
        let header = Header::parse(head, 0).ok()?;
        let endian = header.endian().ok()?;
        let is_file = (macho::MH_OBJECT..=macho::MH_FILESET).contains(&header.filetype(endian));
        let architecture = mach_o_architecture(header.cputype(endian));
        is_file.then_some(Self { container: "Mach-O", architecture })
    }

    /// Java classes begin with the same four bytes; their entries would lie outside the file.
    fn fat<Arch: object::read::macho::FatArch>(head: &[u8], size: u64) -> Option<Self> {
        let file = object::read::macho::MachOFatFile::<Arch>::parse(head).ok()?;
        let within = |arch: &&Arch| {
            let (start, length): (u64, u64) = (arch.offset().into(), arch.size().into());
            length > 0 && start.checked_add(length).is_some_and(|end| end <= size)
        };
        let arches = file.arches();
        let architectures = arches.iter().map(|arch| mach_o_architecture(arch.cputype()));
        let architecture = Vec::from_iter(architectures).join(" and ");
        let is_file = !arches.is_empty() && arches.iter().all(|arch| within(&arch));
        is_file.then_some(Self { container: "Mach-O", architecture })
    }
}

fn elf_architecture(machine: elf::Machine) -> String {
    let known = match machine {
        elf::EM_X86_64 => "x86_64",
        elf::EM_AARCH64 => "aarch64",
        elf::EM_386 => "x86",
        elf::EM_ARM => "arm",
        elf::EM_RISCV => "riscv",
        elf::EM_PPC64 => "powerpc64",
        elf::EM_S390 => "s390x",
        elf::EM_CUDA => "cuda",
        elf::EM_AMDGPU => "amdgpu",
        elf::EM_BPF => "bpf",
        other => return format!("machine {:#x}", other.0),
    };
    known.to_owned()
}

fn pe_architecture(machine: pe::Machine) -> String {
    let known = match machine {
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86_64",
        pe::IMAGE_FILE_MACHINE_ARM64 => "aarch64",
        pe::IMAGE_FILE_MACHINE_I386 => "x86",
        pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        other => return format!("machine {:#x}", other.0),
    };
    known.to_owned()
}

fn mach_o_architecture(cpu: macho::CpuType) -> String {
    let known = match cpu {
        macho::CPU_TYPE_X86_64 => "x86_64",
        macho::CPU_TYPE_ARM64 => "aarch64",
        macho::CPU_TYPE_X86 => "x86",
        macho::CPU_TYPE_ARM => "arm",
        other => return format!("machine {:#x}", other.0),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, FactKind, Limits, Place};

    use super::*;

    fn inspect(bytes: &[u8]) -> Vec<Fact> {
        crate::inspect(&bytes.to_vec(), Place::file("file"), &Limits::default())
    }

    fn programs(bytes: &[u8]) -> usize {
        inspect(bytes).iter().filter(|fact| matches!(fact.kind, FactKind::Executable(_))).count()
    }

    fn elf_header() -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend([3, 0, 62, 0, 1, 0, 0, 0]);
        header.resize(52, 0);
        header.extend([64, 0]);
        header.resize(64, 0);
        header
    }

    #[test]
    fn an_elf_header_is_named_and_explained() {
        let facts = inspect(&elf_header());
        let native = ExecutableFact::Native { container: "ELF".into(), architecture: "x86_64".into() };
        assert!(facts.iter().any(|fact| fact.kind == FactKind::Executable(native.clone())), "{facts:?}");
        assert!(!facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))));
    }

    #[test]
    fn magics_without_a_header_behind_them_are_no_programs() {
        let java = b"\xca\xfe\xba\xbe\0\0\0\x37\0\x1d\x0a\0\x06\0\x0f\x09\0\x10\0\x11\x08\0\x12\x0a\0\x13\0\x14";
        let mut not_elf = elf_header();
        not_elf[16] = 9;
        let mz = [&b"MZ"[..], &[0x41; 200]].concat();
        for bytes in [&java[..], &not_elf, &mz, b"MZ is how DOS programs begin", b"\x7fELF"] {
            assert_eq!(programs(bytes), 0, "{bytes:?}");
        }
    }

    #[test]
    fn a_script_is_one_and_a_rust_attribute_is_not() {
        assert_eq!(programs(b"#!/usr/bin/env bash\necho headworks-marker\n"), 1);
        assert_eq!(programs(b"#![allow(dead_code)]\nfn main() {}\n"), 0);
    }

    #[test]
    fn a_script_with_a_binary_tail_is_not_explained() {
        let unexplained = |bytes: &[u8]| {
            inspect(bytes).iter().any(|fact| matches!(fact.kind, FactKind::Fault(Fault::Unexplained { .. })))
        };
        assert!(unexplained(b"#!/bin/sh\nexit 0\n\x00\x01\x02binary"));
        assert!(!unexplained("#!/bin/sh\necho «headworks-marker»\n".as_bytes()));
    }
}

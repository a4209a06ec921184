//! Rules about archives and their members.

pub(crate) mod archive_link;
pub(crate) mod bytes_outside_members;
pub(crate) mod checksum_mismatch;
pub(crate) mod disagreeing_headers;
pub(crate) mod duplicate_member;
pub(crate) mod escaping_member_path;
pub(crate) mod hidden_member;
pub(crate) mod overlapping_members;
pub(crate) mod privileged_member;
pub(crate) mod special_member;

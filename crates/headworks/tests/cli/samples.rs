//! Artifacts built in code. The hostile ones are inert: a marker command that nothing ever runs.

/// A pickle that would run `echo headworks-marker` if something loaded it.
pub(crate) fn hostile_pickle() -> Vec<u8> {
    b"\x80\x02cposix\nsystem\nX\x15\x00\x00\x00echo headworks-markerq\x00\x85R.".to_vec()
}

/// A pickle that imports and calls something that no profile lists and nobody knows to be bad.
pub(crate) fn unlisted_pickle() -> Vec<u8> {
    b"\x80\x02cacme_layers.gate\nGate\n)R.".to_vec()
}

/// `{"a": 1}` in protocol 2.
pub(crate) fn plain_pickle() -> Vec<u8> {
    b"\x80\x02}q\x00U\x01aq\x01K\x01s.".to_vec()
}

/// Two tensors of four bytes each.
pub(crate) fn safetensors() -> Vec<u8> {
    let header = br#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&[0; 8]);
    bytes
}

/// One tensor of this name with so many bytes.
pub(crate) fn safetensors_of(name: &str, count: u8) -> Vec<u8> {
    let header = format!(r#"{{"{name}":{{"dtype":"U8","shape":[{count}],"data_offsets":[0,{count}]}}}}"#);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + usize::from(count), 1);
    bytes
}

/// A GGUF file without tensors that states one text.
pub(crate) fn gguf_with(key: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let pair = |key: &str, value: &str| [text(key), 8_u32.to_le_bytes().to_vec(), text(value)].concat();
    let head = [b"GGUF".as_slice(), &3_u32.to_le_bytes(), &0_u64.to_le_bytes(), &2_u64.to_le_bytes()].concat();
    [head, pair("general.architecture", "llama"), pair(key, value)].concat()
}

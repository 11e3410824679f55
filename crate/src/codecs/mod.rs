//! Decoders without opinion: bytes in, bytes out.

pub(crate) mod base64;
pub(crate) mod lz;
pub(crate) mod paged;
pub(crate) mod text;

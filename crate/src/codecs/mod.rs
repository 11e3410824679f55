//! Decoders without opinion: bytes in, bytes out.

pub(crate) mod base64;
pub(crate) mod feed;
pub(crate) mod members;
pub(crate) mod paged;
pub(crate) mod text;
pub(crate) mod unpack;

//! Decoders without opinion: bytes in, bytes or text out.

pub(crate) mod base64;
pub(crate) mod encoding;
pub(crate) mod feed;
pub(crate) mod inflate;
pub(crate) mod lz;
pub(crate) mod members;
pub(crate) mod paged;
pub(crate) mod text;
pub(crate) mod unpack;

//! Decoders without opinion: bytes in, bytes out.

pub(crate) mod paged;

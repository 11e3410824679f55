//! Small deflate streams in one go. A package of Office has dozens of them, and a decoder of its own for each costs more
//! than most of them do: its tables and its window are made once and used again.

use std::cell::RefCell;

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes behind a piece of output with which the decoder need not look at every byte whether it still fits.
pub(crate) const SLACK: usize = 320;

thread_local! {
    /// The decoder that all small streams share.
    static DECODER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Fills the first `length` bytes of `out`; whether the stream ends there, with nothing wrong in it. It is quicker where
/// `out` has [`SLACK`] more.
pub(crate) fn whole(packed: &[u8], out: &mut [u8], length: usize) -> bool {
    let (filled, status) = run(packed, out);
    filled == length && status == Some(Status::StreamEnd)
}

/// Fills as much of `out` as there is; how much that was, and whether nothing was wrong with it.
pub(crate) fn head(packed: &[u8], out: &mut [u8]) -> (usize, bool) {
    let (filled, status) = run(packed, out);
    (filled, status.is_some())
}

/// Nothing is kept to go on from: there is no second call for a stream.
fn run(packed: &[u8], out: &mut [u8]) -> (usize, Option<Status>) {
    DECODER.with_borrow_mut(|decoder| {
        decoder.reset(false);
        let status = decoder.decompress(packed, out, FlushDecompress::Finish).ok();
        (usize::try_from(decoder.total_out()).unwrap_or_default().min(out.len()), status)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn only_what_is_whole_counts_and_no_stream_sees_the_one_before() {
        let text = b"what stands in one part, what stands in one part".repeat(100);
        let packed = packed(&text);
        for slack in [0, 0, SLACK, SLACK] {
            let mut out = vec![0; text.len() + slack];
            let room = |length: usize| vec![0; length + slack];
            assert!(whole(&packed, &mut out, text.len()));
            assert_eq!(out[..text.len()], text);
            assert!(!whole(&packed[..packed.len() / 2], &mut out, text.len()));
            for length in [text.len() - 1, text.len() + 1] {
                assert!(!whole(&packed, &mut room(length), length));
            }
            // A block that is none, and three bytes from before the first one.
            assert!(!whole(b"\x07", &mut out, text.len()));
            assert!(!whole(b"\x03\x02\x00", &mut room(3), 3));
            let mut front = [0; 8];
            assert_eq!((head(&packed, &mut front), &front), ((8, true), b"what sta"));
            assert!(!head(b"\x07", &mut front).1);
        }
    }
}

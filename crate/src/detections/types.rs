//! Kinds of files that nobody needs to mail: what opening them does is the finding.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::view::{Reads, View};

pub(crate) const PROGRAM: FindingKind = FindingKind::new("type.program", Level::Stop, Some("X1"));
pub(crate) const SCRIPT: FindingKind = FindingKind::new("type.script", Level::Stop, Some("X1"));
pub(crate) const SHORTCUT: FindingKind = FindingKind::new("type.shortcut", Level::Stop, Some("X2"));
pub(crate) const INTERNET_SHORTCUT: FindingKind = FindingKind::new("type.internet-shortcut", Level::Hold, Some("X2"));
pub(crate) const INSTALLER: FindingKind = FindingKind::new("type.installer", Level::Stop, Some("X1"));
pub(crate) const REMOTE_FOLDER: FindingKind = FindingKind::new("type.remote-folder", Level::Stop, Some("X3"));
pub(crate) const REMOTE_DESKTOP: FindingKind = FindingKind::new("type.remote-desktop", Level::Stop, Some("X5"));
pub(crate) const DISK_IMAGE: FindingKind = FindingKind::new("type.disk-image", Level::Stop, Some("X1"));
pub(crate) const ADD_IN: FindingKind = FindingKind::new("type.add-in", Level::Hold, Some("M6"));
pub(crate) const QUERY: FindingKind = FindingKind::new("type.query", Level::Hold, Some("N3"));
pub(crate) const RARE: FindingKind = FindingKind::new("type.rare", Level::Hold, Some("F3"));
pub(crate) const WEB_PAGE: FindingKind = FindingKind::new("type.web-page", Level::Hold, Some("W1"));
pub(crate) const NOTEBOOK: FindingKind = FindingKind::new("type.notebook", Level::Hold, Some("X4"));

pub(super) const DETECTION: Detection = Detection {
    kinds: &[
        &PROGRAM,
        &SCRIPT,
        &SHORTCUT,
        &INTERNET_SHORTCUT,
        &INSTALLER,
        &REMOTE_FOLDER,
        &REMOTE_DESKTOP,
        &DISK_IMAGE,
        &ADD_IN,
        &QUERY,
        &RARE,
        &WEB_PAGE,
        &NOTEBOOK,
    ],
    reads: Reads::Named,
    find,
};

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Named(named) = view else { return };
    let Some(format) = named.format else { return };
    if let Some(risk) = format.risk {
        found.push(Observation::new(risk, Evidence::quote(named.name)).with("type", format.id));
    }
}

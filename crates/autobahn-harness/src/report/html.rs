//! The page that people read: one file that needs no other, works with scripts
//! off and asks nothing of the network. What a peer wrote reaches it as text.

mod card;
mod changes;
mod closing;
mod detail;
mod frames;
mod glance;
mod handshake;
mod inventory;
mod matrix;
mod performance;
mod plot;
mod policy;
mod score;
mod sheet;
mod sweep;
mod text;
mod timeline;
mod verdict;

use askama::Template;

use self::card::{CardSection, Shared};
use self::changes::Changes;
use self::detail::{Cut, PLAN};
use self::handshake::{Handshakes, Shown};
use self::inventory::Inventory;
use self::matrix::Matrix;
use self::performance::Performance;
use self::plot::{HEIGHT, WIDTH};
use self::policy::{SCRIPT, STYLE};
use self::score::Score;
use self::sheet::Sheet;
use self::timeline::{Kind, Timelines};
use self::verdict::Headline;
use crate::gate::Judgement;
use crate::run::Run;

/// The most octets for each target of each run: 700 KB.
pub const LIMIT: usize = 700_000;

/// The page of these judgements, side by side; speed is compared with that of a
/// previous run. As much is told as fits into [`LIMIT`], and everything about
/// deviations.
#[must_use]
pub fn render(judgements: &[Judgement<'_>], previous: Option<&Run>) -> String {
    let sheet = Sheet::of(judgements);
    let limit = LIMIT * sheet.columns.len().max(1);
    // Each cut is smaller than the one before, so few of them need to be tried.
    let (mut fits, mut low, mut high) = (None, 0, PLAN.len());
    while low < high {
        let middle = (low + high) / 2;
        let page = render_with(judgements, &sheet, previous, PLAN[middle]);
        if page.len() <= limit {
            (fits, high) = (Some(page), middle);
        } else {
            low = middle + 1;
        }
    }
    // Deviations are not cut, so that nothing may fit.
    fits.unwrap_or_else(|| render_with(judgements, &sheet, previous, PLAN[PLAN.len() - 1]))
}

fn render_with(
    judgements: &[Judgement<'_>],
    sheet: &Sheet<'_>,
    previous: Option<&Run>,
    cut: Cut,
) -> String {
    let mut shared = Shared {
        cut,
        handshakes: Handshakes::default(),
        timelines: Timelines::default(),
    };
    let cards = card::sections(sheet, &mut shared);
    let targets = sheet.targets();
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        policy: policy::policy(),
        names: targets
            .iter()
            .map(|target| target.name)
            .collect::<Vec<_>>()
            .join(", "),
        slugs: targets
            .iter()
            .map(|target| target.slug)
            .collect::<Vec<_>>()
            .join(" "),
        headline: Headline::of(judgements, sheet),
        changes: Changes::of(judgements, sheet),
        matrix: Matrix::of(sheet),
        scores: score::scores(sheet),
        several: sheet.columns.len() > 1,
        cards,
        handshakes: shared.handshakes,
        timelines: shared.timelines,
        performance: Performance::of(sheet, previous),
        inventory: Inventory::of(judgements, sheet),
    };
    page.render().expect("a page is plain data")
}

/// The page, ready to be written.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    policy: String,
    /// The targets' names, for the title.
    names: String,
    /// The targets' names in ids, for the script.
    slugs: String,
    headline: Headline,
    changes: Changes,
    matrix: Matrix,
    scores: Vec<Score>,
    /// Whether there is more than one column.
    several: bool,
    cards: Vec<CardSection>,
    handshakes: Handshakes,
    timelines: Timelines,
    performance: Performance,
    inventory: Inventory,
}

//! The commands in a Markdown file.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use std::ops::Range;

/// Commands that a reader types, one block of them.
pub struct Block {
    /// Where the block begins, from 1.
    pub line: usize,
    /// As they stand there.
    pub commands: String,
    /// What follows.
    pub expected: Option<Expected>,
}

/// What the commands print.
pub struct Expected {
    /// As it stands there.
    pub text: String,
    /// Where in the file.
    pub place: Range<usize>,
}

impl Block {
    /// Whether repeating the commands changes nothing.
    pub fn only_reads(&self) -> bool {
        const WRITING: &[&str] = &["-X ", " create", " cancel", " set ", " adjust", " trigger"];
        !WRITING.iter().any(|word| self.commands.contains(word))
    }
}

/// Every block of `bash`, in their order, each with the block of `json` or `text` right after it.
pub fn blocks(text: &str) -> Vec<Block> {
    let fences = fences(text);
    let numbered = fences.iter().enumerate().filter(|(_, fence)| fence.language == "bash");
    let block = |(index, fence): (usize, &Fence)| {
        let next = fences.get(index + 1).filter(|next| next.answers(fence, text));
        Block {
            line: 1 + text[..fence.whole.start].matches('\n').count(),
            commands: text[fence.inside(text)].into(),
            expected: next.map(|next| Expected {
                text: text[next.inside(text)].into(),
                place: next.inside(text),
            }),
        }
    };
    numbered.map(block).collect()
}

struct Fence {
    language: String,
    whole: Range<usize>,
}

impl Fence {
    /// Between the line that opens and the line that closes it.
    fn inside(&self, text: &str) -> Range<usize> {
        let whole = text[self.whole.clone()].trim_end();
        let start = whole.find('\n').map_or(whole.len(), |end| end + 1);
        let end = whole.rfind('\n').map_or(whole.len(), |end| end + 1);
        self.whole.start + start..self.whole.start + end.max(start)
    }

    fn answers(&self, commands: &Self, text: &str) -> bool {
        let between = &text[commands.whole.end..self.whole.start];
        between.trim().is_empty() && matches!(self.language.as_str(), "json" | "text")
    }
}

fn fences(text: &str) -> Vec<Fence> {
    let fences = Parser::new(text).into_offset_iter().filter_map(|(event, whole)| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
            Some(Fence { language: language.to_string(), whole })
        }
        _ => None,
    });
    fences.collect()
}

#[test]
fn a_block_ends_before_its_fence_and_takes_the_answer_that_follows() {
    let text =
        "a\n\n```bash\necho 1\n```\n\n```text\n1\n```\n\n```sh\nno\n```\n\n```bash\n2\n```\nb";
    let blocks = blocks(text);
    let seen: Vec<_> = blocks
        .iter()
        .map(|it| (it.line, &*it.commands, it.expected.as_ref().map(|it| &text[it.place.clone()])))
        .collect();
    assert_eq!(seen, [(3, "echo 1\n", Some("1\n")), (15, "2\n", None)]);
}

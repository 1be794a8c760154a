//! Text from a peer, made harmless: on a terminal, in Markdown, in a command.

/// One line without anything that moves a cursor, hides or reorders text, or is a
/// command to who shows it, at most [`MOST`] characters of it.
#[must_use]
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(MOST));
    for (index, c) in text.chars().enumerate() {
        if index == MOST {
            safe.push('…');
            break;
        }
        if is_unsafe(c) {
            safe.extend(c.escape_default());
            continue;
        }
        // Wherever it stands in a line, GitHub takes `##[error]` for a command.
        if c == '[' && safe.ends_with("##") {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

/// The most characters of a line.
pub const MOST: usize = 600;

/// Control characters, and those that are seen by what they do to others:
/// directions of writing, joiners, what is no character in XML.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A line as plain text in Markdown: it is no markup, no table cell ends, nothing
/// becomes a link, and nobody is mentioned.
#[must_use]
pub fn markdown(text: &str) -> String {
    // Mentions are looked for in the text as it is shown, but for code.
    as_text(text).replace("&#64;", "<code>&#64;</code>")
}

fn as_text(text: &str) -> String {
    let text = line(text);
    let mut safe = String::new();
    for (index, c) in text.char_indices() {
        // `https://` and `www.` become links by themselves.
        let links = match c {
            ':' => text[index..].starts_with("://"),
            '.' => safe.to_ascii_lowercase().ends_with("www"),
            _ => false,
        };
        // A character reference is text wherever it stands, in a table too.
        if !links && (c.is_alphanumeric() || !c.is_ascii() || " ,.:;/()+='%-".contains(c)) {
            safe.push(c);
        } else {
            safe.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    safe
}

/// A line as code in Markdown, where nobody is mentioned and nothing is linked.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    format!("<code>{}</code>", as_text(text))
}

/// A word of a command line, in quotes where a shell would take it apart.
#[must_use]
pub fn shell(word: &str) -> String {
    let word = line(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_or_reorders_text_is_escaped() {
        assert_eq!(
            line("\x1b[31mred\r\n\u{202e}x\u{9b}é"),
            r"\u{1b}[31mred\r\n\u{202e}x\u{9b}é"
        );
        assert_eq!(
            line("##[add-mask]a ###[b #[c ## [d"),
            r"##\[add-mask]a ###\[b #[c ## [d"
        );
        assert_eq!(line("##\\[x"), r"##\[x");
        assert_eq!(line(&"x".repeat(MOST + 1)).chars().count(), MOST + 1);
    }

    #[test]
    fn markdown_is_no_markup() {
        assert_eq!(
            markdown("a|b `c` <d> [e](f) @g #1"),
            "a&#124;b &#96;c&#96; &#60;d&#62; &#91;e&#93;(f) <code>&#64;</code>g &#35;1"
        );
        assert_eq!(markdown("a: https://x"), "a: https&#58;//x");
        assert_eq!(markdown_code("@a"), "<code>&#64;a</code>");
        assert_eq!(markdown("WWW.x.org"), "WWW&#46;x.org");
    }

    #[test]
    fn a_shell_sees_one_word() {
        assert_eq!(shell("ws://127.0.0.1:9001/a"), "ws://127.0.0.1:9001/a");
        assert_eq!(shell("a b"), "'a b'");
        assert_eq!(shell("$(x)'"), r"'$(x)'\'''");
        assert_eq!(shell(""), "''");
    }
}

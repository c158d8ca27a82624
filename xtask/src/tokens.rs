//! What can be told from tokens alone, so that the insides of macros count too.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
}

/// A function that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of `fn`.
    pub line: usize,
    /// The line of its closing brace; without a body that of `fn`.
    pub last_line: usize,
    /// Whether it has the attribute `test`, by whatever path.
    pub test: bool,
}

/// All tokens in order, without comments; groups are opened.
pub(crate) fn words(tokens: &TokenStream) -> Vec<Word> {
    let mut words = vec![];
    flatten(tokens, &mut words);
    words
}

fn flatten(tokens: &TokenStream, words: &mut Vec<Word>) {
    for token in tokens.clone() {
        let line = token.span().start().line;
        let TokenTree::Group(group) = token else {
            words.push(Word { text: token.to_string(), line });
            continue;
        };
        let (open, close) = delimiters(group.delimiter());
        words.push(Word { text: open.to_string(), line });
        flatten(&group.stream(), words);
        words.push(Word { text: close.to_string(), line: group.span_close().end().line });
    }
}

const fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// All functions, also those inside of other functions and of macros.
pub(crate) fn functions(tokens: &TokenStream) -> Vec<Function> {
    let mut functions = vec![];
    collect_functions(tokens, &mut functions);
    functions
}

fn collect_functions(tokens: &TokenStream, functions: &mut Vec<Function>) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut test = false;
    for (index, tree) in trees.iter().enumerate() {
        match (tree, trees.get(index + 1)) {
            (TokenTree::Punct(punct), Some(TokenTree::Group(attribute)))
                if punct.as_char() == '#' =>
            {
                test |= is_test_attribute(attribute);
            }
            (TokenTree::Ident(word), Some(TokenTree::Ident(name))) if word == "fn" => {
                let line = word.span().start().line;
                let body = body(&trees[index + 2..]);
                let last_line = body.map_or(line, |body| body.span_close().end().line);
                functions.push(Function { name: name.to_string(), line, last_line, test });
                test = false;
            }
            (TokenTree::Group(group), _) => {
                collect_functions(&group.stream(), functions);
                test &= group.delimiter() != Delimiter::Brace;
            }
            _ => {}
        }
    }
}

/// `test`, `tokio::test`, `tokio::test(flavor = "..")`.
fn is_test_attribute(attribute: &Group) -> bool {
    let path = attribute.stream().into_iter().take_while(|tree| {
        matches!(tree, TokenTree::Ident(_))
            || matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ':')
    });
    attribute.delimiter() == Delimiter::Bracket
        && path.last().is_some_and(|last| last.to_string() == "test")
}

/// The body among the tokens after a function's name: the first braces that are no generic
/// argument.
fn body(after_name: &[TokenTree]) -> Option<&Group> {
    for (index, tree) in after_name.iter().enumerate() {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let generic = matches!(after_name.get(index + 1),
                    Some(TokenTree::Punct(next)) if matches!(next.as_char(), '>' | ','));
                if !generic {
                    return Some(group);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[(&str, usize, usize, bool)]) {
        let found = functions(&source.parse().unwrap());
        let found: Vec<_> = found
            .iter()
            .map(|function| {
                (function.name.as_str(), function.line, function.last_line, function.test)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn functions_are_found_in_modules_traits_and_macros() {
        check("fn one() {\n}", &[("one", 1, 2, false)]);
        check(
            "trait T { fn one(&self); fn two() {} }",
            &[("one", 1, 1, false), ("two", 1, 1, false)],
        );
        check("proptest! {\n#[test]\nfn a_b_c(x in 0..2) {\n}\n}", &[("a_b_c", 3, 4, true)]);
        check("#[tokio::test(flavor = \"x\")]\nasync fn one() {}", &[("one", 2, 2, true)]);
    }

    #[test]
    fn braces_of_a_generic_argument_are_no_body() {
        check(
            "fn one() -> Row<{ 1 + 1 }> {\n}\nfn two() {}",
            &[("one", 1, 2, false), ("two", 3, 3, false)],
        );
        check("type F = fn(u8) -> u8; struct S { f: fn(u8) }", &[]);
    }
}

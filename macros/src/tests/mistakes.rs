//! What the compiler says, word for word: `mistakes.txt` holds declarations, each with the tokens
//! that are underlined and the messages. With `BLESS=1` in the environment the file is written anew.

use std::{env, fmt::Write as _, fs, path::Path};

use super::mistakes;

/// Stands before every line of what is said.
const MARGIN: &str = "    | ";

#[test]
fn messages_are_as_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/mistakes.txt");
    let written = fs::read_to_string(&path).expect("the file is beside this one");
    let said: Vec<String> =
        declarations(&written).iter().map(|source| transcript(source)).collect();
    let said = said.join("\n");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &said).expect("the file can be written");
    } else {
        assert_eq!(said, written, "`BLESS=1 cargo test messages` accepts what is said now");
    }
}

/// The declarations, which what is said of them separates.
fn declarations(text: &str) -> Vec<String> {
    let mut declarations = vec![String::new()];
    for line in text.lines() {
        let said = line.starts_with(MARGIN.trim_end());
        if line.is_empty() {
            declarations.push(String::new());
        } else if !said && let Some(declaration) = declarations.last_mut() {
            writeln!(declaration, "{line}").expect("strings take all text");
        }
    }
    declarations.retain(|declaration| !declaration.is_empty());
    declarations
}

fn transcript(source: &str) -> String {
    let mut text = source.to_owned();
    let said = mistakes(source);
    for (number, mistake) in said.iter().enumerate() {
        let (underlined, message) = mistake.split_once('\n').expect("there are two parts");
        let number = number + 1;
        writeln!(text, "{MARGIN}{number}. at `{underlined}`").expect("strings take all text");
        for line in message.lines() {
            writeln!(text, "{}", format!("{MARGIN}   {line}").trim_end()).expect("likewise");
        }
    }
    if said.is_empty() {
        writeln!(text, "{MARGIN}nothing").expect("strings take all text");
    }
    text
}

/// Wording: lower case, no full stop, and always what to do or what was expected.
#[test]
fn messages_keep_to_the_house_style() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/mistakes.txt");
    let written = fs::read_to_string(path).expect("the file is beside this one");
    for source in declarations(&written) {
        for mistake in mistakes(&source) {
            let (_, message) = mistake.split_once('\n').expect("there are two parts");
            check_wording(message);
        }
    }
}

fn check_wording(message: &str) {
    let first = message.lines().next().unwrap_or_default();
    assert!(!first.starts_with(char::is_uppercase), "{first}");
    let lines: Vec<&str> = message.lines().take_while(|line| !line.is_empty()).collect();
    assert!(
        lines.iter().all(|line| !line.ends_with(['.', '!']) || line.ends_with("..")),
        "{message}"
    );
    let helps = |line: &&str| line.starts_with("  expected: ") || line.starts_with("  help: ");
    assert!(lines.iter().any(helps), "{message}");
}

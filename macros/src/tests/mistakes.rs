use super::mistakes;
#[test]
fn print() {
    let sources = std::fs::read_to_string("/tmp/front_cases.txt").unwrap();
    for source in sources.split("\n\n") {
        println!("=== {source}");
        for (i, m) in mistakes(source).iter().enumerate() {
            let (under, text) = m.split_once('\n').unwrap();
            println!("  [{i}] {under}");
            for l in text.lines() {
                println!("      {l}");
            }
        }
    }
}

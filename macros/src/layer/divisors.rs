//! Numbers that divide others, in the words of mistakes.

/// `a divisor of 6: 1, 2, 3, 6`.
pub(super) fn words(number: usize) -> String {
    let divisors = (1..=number.min(4096)).filter(|n| number.is_multiple_of(*n));
    let divisors: Vec<String> = divisors.map(|n| n.to_string()).collect();
    format!("a divisor of {number}: {}", divisors.join(", "))
}

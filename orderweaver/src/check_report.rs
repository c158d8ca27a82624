//! How `orderweaver check` says what it has found.

use ::cli::Globals;
use check::{Counts, FINDINGS_MAX, Finding, Report};
use engine::Backlog;
use serde_json::{Value, json};
use terminal::{Failure, Format, line, text};

/// Findings that are printed for people; the last line counts them all.
const PRINTED_MAX: usize = 100;

/// Prints the findings, and what was seen.
///
/// # Errors
/// It can't be written.
pub fn print(report: &Report, globals: &Globals) -> Result<(), Failure> {
    match globals.output {
        Format::Jsonl => report.findings.kept.iter().map(finding).try_for_each(line),
        format => text(&format.document(&document(report)).unwrap_or_else(|| table(report))),
    }
}

fn table(report: &Report) -> String {
    let printed = report.findings.kept.iter().take(PRINTED_MAX);
    let mut text: String = printed.map(|finding| format!("{finding}\n")).collect();
    let unprinted = report.findings.count - report.findings.kept.len().min(PRINTED_MAX) as u64;
    if unprinted > 0 {
        let all = if report.findings.count > FINDINGS_MAX as u64 { "the first" } else { "all" };
        let kept = report.findings.kept.len();
        text += &format!("... and {unprinted} more: -o json has {all} {kept}\n");
    }
    text + &format!("{report}\n")
}

fn finding(Finding { row, what }: &Finding) -> Value {
    json!({ "row": row, "what": what })
}

fn document(report: &Report) -> Value {
    let Report { findings, counts, backlog, is_complete, is_summed, is_traced } = report;
    let Counts { orders, sagas, payments, transactions, reservations, places, .. } = counts;
    let Counts { movements, messages, stated, under_way, in_part, .. } = counts;
    let Backlog { timers, outbox, hops, effects, parked, dead_letters } = backlog;
    json!({
        "sound": findings.count == 0 && *is_complete,
        "complete": is_complete,
        "sums_compared": is_summed,
        "messages_traced": is_traced,
        "broken": findings.count,
        "findings": findings.kept.iter().map(finding).collect::<Vec<_>>(),
        "checked": {
            "orders": orders, "sagas": sagas, "payments": payments,
            "ledger_transactions": transactions, "reservations": reservations,
            "stock_places": places, "movements": movements, "messages": messages,
            "provider_operations": stated, "subjects_in_part": in_part,
        },
        "waiting": {
            "timers": timers, "outbox": outbox, "hops": hops, "effects": effects,
            "parked": parked, "dead_letters": dead_letters, "under_way": under_way,
        },
    })
}

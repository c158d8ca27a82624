//! How `orderweaver check` says what it has found.

use crate::output::line;
use ::cli::{Format, Globals};
use check::{Counts, Finding, Report};
use engine::Backlog;
use serde_json::{Value, json};

/// Findings that are printed for people; the last line counts them all.
const PRINTED_MAX: usize = 100;

/// Prints the findings, and what was seen.
pub fn print(report: &Report, globals: &Globals) {
    match globals.output {
        Format::Table => table(report),
        Format::Json => line(format_args!("{:#}", document(report))),
        Format::Jsonl => report.findings.kept.iter().map(finding).for_each(line),
        // JSON always has a form in YAML.
        Format::Yaml => {
            line(serde_norway::to_string(&document(report)).unwrap_or_default().trim_end());
        }
    }
}

fn table(report: &Report) {
    report.findings.kept.iter().take(PRINTED_MAX).for_each(line);
    let printed = report.findings.kept.len().min(PRINTED_MAX) as u64;
    match report.findings.count - printed {
        0 => {}
        unprinted => line(format_args!("... and {unprinted} more")),
    }
    line(report);
}

fn finding(Finding { row, what }: &Finding) -> Value {
    json!({ "row": row, "what": what })
}

fn document(report: &Report) -> Value {
    let Report { findings, counts, backlog, is_complete, is_summed } = report;
    let Counts { orders, sagas, payments, transactions, reservations, places, .. } = counts;
    let Counts { movements, messages, stated, in_part, .. } = counts;
    let Backlog { timers, pending, effects, parked, dead_letters } = backlog;
    json!({
        "sound": findings.count == 0 && *is_complete,
        "complete": is_complete,
        "sums_compared": is_summed,
        "broken": findings.count,
        "findings": findings.kept.iter().map(finding).collect::<Vec<_>>(),
        "checked": {
            "orders": orders, "sagas": sagas, "payments": payments,
            "ledger_transactions": transactions, "reservations": reservations,
            "stock_places": places, "movements": movements, "messages": messages,
            "provider_operations": stated, "subjects_in_part": in_part,
        },
        "waiting": {
            "timers": timers, "pending": pending, "effects": effects, "parked": parked,
            "dead_letters": dead_letters,
        },
    })
}

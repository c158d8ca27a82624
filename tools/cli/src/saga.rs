//! `orderweaver saga`.

use crate::gantt;
use crate::globals::Context;
use crate::pages::{self, PageArguments};
use crate::request::Request;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use contracts::ServiceName;
use serde_json::Value;
use terminal::{Card, Column, Format, Outcome, Section, Shown, column};

/// What to do with sagas.
#[derive(Debug, Subcommand)]
pub enum Saga {
    /// List sagas, newest first.
    List(ListArguments),
    /// Show a saga with its steps and everything that happened.
    Get(SagaArguments),
    /// Count sagas by definition and state.
    Count,
    /// Draw a saga over time: steps, attempts, and the compensation in a lane of its own.
    Timeline(SagaArguments),
    /// Show the definition of a saga: its steps, timeouts, retries and compensation.
    Definition(DefinitionArguments),
}

/// Which saga.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver saga timeline o-1
  orderweaver saga get 'o-1!cancel_order!1' -o yaml

The saga that places an order has the order's id; `orderweaver saga list --order ID` lists all.")]
pub struct SagaArguments {
    /// The saga's id.
    #[arg(value_name = "SAGA", value_parser = NonEmptyStringValueParser::new())]
    saga: String,
}

/// Which sagas.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver saga list --state COMPENSATION_FAILED --all
  orderweaver saga list --order o-1
  orderweaver saga list --definition cancel_order -o jsonl | jq .saga_id")]
pub struct ListArguments {
    /// Only those in this state: RUNNING, PAUSED, COMPENSATING, COMPENSATION_FAILED, COMPLETED,
    /// COMPENSATED, RESOLVED.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only those of this order.
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Only those that follow this definition.
    #[arg(long, value_name = "NAME")]
    definition: Option<String>,
    /// How many.
    #[command(flatten)]
    pages: PageArguments,
}

/// Which definition.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver saga definition
  orderweaver saga definition place_order
  orderweaver saga definition place_order --mermaid > place_order.mmd")]
pub struct DefinitionArguments {
    /// Its name; all are listed if there is none.
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Print a diagram in Mermaid instead.
    #[arg(long, requires = "name")]
    mermaid: bool,
}

const COLUMNS: &[Column] = &[
    column("SAGA", "/saga_id", Shown::Text),
    column("DEFINITION", "/definition", Shown::Text),
    column("STATE", "/state", Shown::State),
    column("WAITING FOR", "/waiting_for", Shown::Text),
    column("REASON", "/reason", Shown::Text),
    column("STARTED", "/started_at", Shown::Time),
    column("FINISHED", "/finished_at", Shown::Time),
];

const COUNT_COLUMNS: &[Column] = &[
    column("DEFINITION", "/definition", Shown::Text),
    column("STATE", "/state", Shown::State),
    column("COUNT", "/count", Shown::Number),
];

const CARD: Card = Card {
    fields: &[
        column("SAGA", "/saga_id", Shown::Text),
        column("ORDER", "/order_id", Shown::Text),
        column("DEFINITION", "/definition", Shown::Text),
        column("DEFINITION VERSION", "/definition_version", Shown::Text),
        column("STATE", "/state", Shown::State),
        column("WAITING FOR", "/waiting_for", Shown::Text),
        column("REASON", "/reason", Shown::Text),
        column("STARTED", "/started_at", Shown::Time),
        column("FINISHED", "/finished_at", Shown::Time),
        column("VERSION", "/version", Shown::Text),
    ],
    sections: &[
        Section {
            title: "STEPS",
            path: "/steps",
            columns: &[
                column("STEP", "/name", Shown::Text),
                column("KIND", "/kind", Shown::Text),
                column("STATE", "/state", Shown::State),
                column("ATTEMPTS", "/attempts", Shown::Count),
                column("STARTED", "/started_at", Shown::Clock),
                column("FINISHED", "/finished_at", Shown::Clock),
                column("ERROR", "/error", Shown::Text),
            ],
        },
        Section {
            title: "HISTORY",
            path: "/history",
            columns: &[
                column("TIME", "/time", Shown::Clock),
                column("MESSAGE", "/event", Shown::Text),
            ],
        },
    ],
};

const DEFINITION_COLUMNS: &[Column] = &[
    column("NAME", "/name", Shown::Text),
    column("VERSION", "/version", Shown::Number),
    column("STEPS", "/steps", Shown::Count),
    column("DEADLINE (S)", "/deadline_seconds", Shown::Number),
];

const DEFINITION_CARD: Card = Card {
    fields: &[
        column("NAME", "/name", Shown::Text),
        column("VERSION", "/version", Shown::Text),
        column("DEADLINE (S)", "/deadline_seconds", Shown::Text),
        column("START UNDONE BY", "/start_undone_by", Shown::Text),
    ],
    sections: &[Section {
        title: "STEPS",
        path: "/steps",
        columns: &[
            column("STEP", "/name", Shown::Text),
            column("KIND", "/kind", Shown::Text),
            column("UNDONE BY", "/compensation/undone_by", Shown::Text),
            column("TIMEOUT (S)", "/timeout_seconds", Shown::Number),
            column("FIRST RETRY (S)", "/retry/initial_interval_seconds", Shown::Number),
            column("LAST RETRY (S)", "/retry/maximum_interval_seconds", Shown::Number),
            column("ATTEMPTS", "/retry/maximum_attempts", Shown::Number),
        ],
    }],
};

impl Saga {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "saga list",
            Self::Get(_) => "saga get",
            Self::Count => "saga count",
            Self::Timeline(_) => "saga timeline",
            Self::Definition(_) => "saga definition",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done.
    pub fn run(&self, context: &Context) -> Outcome {
        match self {
            Self::List(ListArguments { state, order, definition, pages }) => {
                let request = Request::get(ServiceName::Orchestrator, &["sagas"])
                    .query_if("state", state.as_deref())
                    .query_if("order_id", order.as_deref())
                    .query_if("definition", definition.as_deref());
                pages::print(context, &request, "sagas", COLUMNS, *pages)
            }
            Self::Get(SagaArguments { saga }) => {
                context.output.one(&read(context, &["sagas", saga])?, &CARD)
            }
            Self::Count => {
                let counts = read(context, &["saga-counts"])?;
                pages::print_whole(context, &counts, "counts", COUNT_COLUMNS)
            }
            Self::Timeline(SagaArguments { saga }) => {
                let saga = read(context, &["sagas", saga])?;
                match context.output.format {
                    Format::Table => {
                        context.output.text(&gantt::draw(&saga, &context.output.style))
                    }
                    _ => context.output.one(&saga, &CARD),
                }
            }
            Self::Definition(arguments) => definition(context, arguments),
        }
    }
}

fn read(context: &Context, path: &[&str]) -> Outcome<Value> {
    context.client.get(ServiceName::Orchestrator, path)
}

fn definition(context: &Context, arguments: &DefinitionArguments) -> Outcome {
    let Some(name) = &arguments.name else {
        let all = read(context, &["saga-definitions"])?;
        return pages::print_whole(context, &all, "definitions", DEFINITION_COLUMNS);
    };
    let path = ["sagas", "definitions", name];
    match arguments.mermaid {
        true => {
            let request = Request::get(ServiceName::Orchestrator, &path);
            let request = request.header("Accept", "text/vnd.mermaid");
            let diagram = context.client.accepted(&request)?.text;
            context.output.text(&format!("{}\n", diagram.trim_end()))
        }
        false => context.output.one(&read(context, &path)?, &DEFINITION_CARD),
    }
}

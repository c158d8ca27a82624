//! The start-up check: everything that is wrong with a definition, in sentences for its developer.

use crate::definition::{Action, Definition, Kind, Step, Undo};
use std::ops::Range;

impl<A: Action> Definition<A> {
    /// Everything that is wrong with the definition; nothing if it may run.
    pub fn faults(&self) -> Vec<String> {
        let said = format!("saga {} v{}", self.name, self.version);
        let mut faults: Vec<String> = self
            .faults_of_the_whole()
            .into_iter()
            .map(|fault| format!("{said}: {fault}"))
            .collect();
        for (index, step) in self.steps.iter().enumerate() {
            let of_kind = self.faults_of_kind(index, step).into_iter();
            let rest = self.faults_of_place(index, step).into_iter();
            let name = step.action.name();
            faults.extend(of_kind.chain(rest).map(|fault| format!("{said}: step {name} {fault}")));
        }
        faults
    }

    fn place(&self, action: A) -> Option<usize> {
        self.steps.iter().position(|step| step.action == action)
    }

    fn pivot(&self) -> Option<usize> {
        self.steps.iter().position(|step| matches!(step.kind, Kind::Pivot { .. }))
    }

    fn group_of(&self, index: usize) -> Range<usize> {
        self.groups().find(|group| group.contains(&index)).unwrap_or(0..0)
    }

    fn faults_of_the_whole(&self) -> Vec<String> {
        let mut faults = vec![];
        let is_compensatable = |step: &Step<A>| matches!(step.kind, Kind::Compensatable { .. });
        let can_go_back = self.steps.iter().any(is_compensatable) || self.pivot().is_some();
        if self.steps.is_empty() {
            faults.push("has no steps: add one".into());
        }
        if self.steps.iter().any(is_compensatable) && self.pivot().is_none() {
            faults.push("has steps to undo but no pivot: mark the step that decides".into());
        }
        if can_go_back && self.start_undone_by.is_none() {
            faults.push("can be refused but nothing undoes its start: add start_undone_by".into());
        }
        let longest = self.steps.iter().map(|step| step.timeout.max(step.ongoing_timeout)).max();
        if let (Some(deadline), Some(longest)) = (self.deadline, longest)
            && deadline <= longest
        {
            faults.push(format!(
                "has a deadline of {deadline:?}, but one step may take {longest:?}: lengthen it"
            ));
        }
        faults
    }

    fn faults_of_kind(&self, index: usize, step: &Step<A>) -> Vec<String> {
        let pivot = self.pivot();
        let after_pivot = pivot.is_some_and(|pivot| index > pivot);
        let before_pivot = pivot.is_some_and(|pivot| index < pivot);
        // A step beside it may be refused, and then there is no undo that covers this one.
        let earlier = self.group_of(index).start;
        let undone_with = |other: A| self.place(other).is_none_or(|other| other >= earlier);
        let fault: Option<String> = match step.kind {
            Kind::Compensatable { .. } if after_pivot => Some(
                "is compensatable but comes after the pivot: make it retriable or move it up"
                    .into(),
            ),
            Kind::Compensatable { undo: None, .. } => {
                Some("is compensatable but nothing undoes it: add .undone_by(..)".into())
            }
            Kind::Compensatable { undo: Some(Undo::With(other)), .. } if undone_with(other) => {
                Some(format!("is undone with {}, which is no earlier step", other.name()))
            }
            Kind::Compensatable { undo: Some(Undo::With(_)), independent: true } => {
                Some("is undone with another step and can't be undone independently of it".into())
            }
            Kind::Pivot { .. } if after_pivot => {
                Some("is a second pivot: a saga is decided once".into())
            }
            Kind::Retriable if before_pivot => Some(
                "is retriable but comes before the pivot, where a refusal is still possible".into(),
            ),
            Kind::Compensatable { .. } | Kind::Pivot { .. } | Kind::Retriable => None,
        };
        fault.into_iter().collect()
    }

    fn faults_of_place(&self, index: usize, step: &Step<A>) -> Vec<String> {
        let mut faults: Vec<String> = vec![];
        if self.place(step.action) != Some(index) {
            faults.push("appears twice; answers could not be told apart".into());
        }
        let undos = self.steps.iter().filter_map(Step::undo_action).chain(self.start_undone_by);
        if undos.filter(|undo| undo.name() == step.action.name()).count() > 0 {
            faults.push("is also an undo; answers could not be told apart".into());
        }
        let earlier = self.steps.iter().take(index).filter_map(Step::undo_action);
        if let Some(undo) = step.undo_action()
            && earlier.chain(self.start_undone_by).any(|other| other.name() == undo.name())
        {
            faults.push(format!(
                "is undone by {}, which undoes something else too; answers could not be told apart",
                undo.name()
            ));
        }
        if step.retry.maximum_attempts == 0 {
            faults.push("has no attempts: set maximum_attempts to 1 or more".into());
        }
        let Some(other) = step.alongside else { return faults };
        let before = self.steps.get(self.group_of(index).start..index).unwrap_or_default();
        if !before.iter().any(|it| it.action == other) {
            faults.push(format!("runs alongside {}, which is not just before it", other.name()));
        } else if before.iter().chain([step]).any(|it| matches!(it.kind, Kind::Pivot { .. })) {
            faults.push("runs alongside the pivot, which must stand alone".into());
        }
        faults
    }
}

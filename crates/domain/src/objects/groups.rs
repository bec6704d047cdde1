//! Groups: organisations and networks on record, with the names they are found by.
//!
//! A group is what others call an entity: an organisation, a company, a charity, a bank, an armed group, a network. It is
//! never an organisation that takes part in the exchange: that is a bureau, a partner, the secretariat.

use crate::codes::{AliasStrength, CodeList, Database};
use crate::objects::Object;
use crate::objects::codes::{GroupNameKind, GroupStatus};
use crate::objects::fields::{FieldKind, Fields, Value};
use crate::objects::tables;

/// Is a name of a group, as it is searched for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupName {
    /// The whole name, as its source writes it.
    pub text: String,
    /// What it is.
    pub kind: GroupNameKind,
    /// Whether its source says that it does not identify by itself.
    pub is_weak: bool,
}

/// The names of a group in the order of the record; none for other objects.
pub fn names(object: &Object) -> Vec<GroupName> {
    let Some(table) = table_of_names(object) else { return Vec::new() };
    let of = |fields: &Fields, name: &str| {
        let key = table.iter().find(|field| field.name == name).map(|field| field.key);
        key.and_then(|key| fields.get(key).first().cloned())
    };
    let name = |value: &Value| {
        let Value::Group(fields) = value else { return None };
        let Some(Value::Text(text)) = of(fields, "text") else { return None };
        let kind = match of(fields, "kind") {
            Some(Value::Code(number)) => GroupNameKind::from_number(number),
            _ => GroupNameKind::Primary,
        };
        let weak = Some(Value::Code(AliasStrength::Weak.number()));
        Some(GroupName { text, kind, is_weak: of(fields, "strength") == weak })
    };
    object.values("names").filter_map(name).collect()
}

/// What is stated of a group; nothing of other objects.
pub fn statuses(object: &Object) -> Vec<GroupStatus> {
    if object.database != Database::OrganisationsAndNetworks {
        return Vec::new();
    }
    let status = |value: &Value| match value {
        Value::Code(number) => Some(GroupStatus::from_number(*number)),
        _ => None,
    };
    object.values("statuses").filter_map(status).collect()
}

fn table_of_names(object: &Object) -> Option<&'static [super::fields::Field]> {
    if object.database != Database::OrganisationsAndNetworks {
        return None;
    }
    let fields = tables::table(object.database)?.fields;
    fields.iter().find(|field| field.name == "names").and_then(|field| match field.kind {
        FieldKind::Group(table) => Some(table),
        _ => None,
    })
}

//! Building blocks of schemas that no derive can say: closed objects, forms to choose from, parts of a code list.

use std::fmt::Display;

use barid_domain::codes::CodeList;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, Ref, Schema, SchemaType, Type,
};

/// The list that schemas are collected in.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// Is a field of a closed object.
pub struct Field {
    name: &'static str,
    schema: RefOr<Schema>,
    required: bool,
}

/// Makes a field that must be there.
pub fn required(name: &'static str, schema: impl Into<RefOr<Schema>>) -> Field {
    Field { name, schema: schema.into(), required: true }
}

/// Makes a field that may be absent or `null`.
pub fn optional(name: &'static str, schema: impl Into<RefOr<Schema>>) -> Field {
    let null = ObjectBuilder::new().schema_type(SchemaType::new(Type::Null));
    let either = OneOfBuilder::new().item(null).item(schema);
    Field { name, schema: either.into(), required: false }
}

/// Makes a field that may be absent or `null`, and nothing else.
pub fn absent(name: &'static str) -> Field {
    let null = ObjectBuilder::new().schema_type(SchemaType::new(Type::Null));
    Field { name, schema: null.into(), required: false }
}

/// Makes an object of exactly these fields.
pub fn closed_object(description: &str, fields: impl IntoIterator<Item = Field>) -> RefOr<Schema> {
    closed_object_of(description, fields, 0)
}

/// The same with at least so many fields.
pub fn closed_object_of(
    description: &str,
    fields: impl IntoIterator<Item = Field>,
    least: usize,
) -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Object))
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let object = if least > 0 { object.min_properties(Some(least)) } else { object };
    let built = fields.into_iter().fold(object, |object, field| {
        let object = object.property(field.name, field.schema);
        if field.required { object.required(field.name) } else { object }
    });
    built.into()
}

/// Makes a choice between named schemas that exclude each other.
pub fn one_of(description: &str, names: &[&str]) -> RefOr<Schema> {
    let choice =
        names.iter().fold(OneOfBuilder::new(), |choice, name| choice.item(Ref::from_schema_name(*name)));
    choice.description(Some(description)).into()
}

/// Makes an enumeration of the codes of a list that are kept.
pub fn part_of_list<T: CodeList + Display>(keep: impl Fn(T) -> bool) -> RefOr<Schema> {
    let names = T::LISTED.iter().filter(|(code, _)| keep(*code)).map(|(_, name)| *name);
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(names)).into()
}

/// Refers to the schema of a type.
pub fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// Collects the schema of a type and of what it refers to.
pub fn collect<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

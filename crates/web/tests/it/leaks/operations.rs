//! Every operation, out of the description that the router is made with.

use axum::http::Method;

/// Is an operation of the API.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
}

/// Every operation, in the order of their paths.
pub fn all() -> Vec<Operation> {
    let described = serde_json::to_value(barid_web::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let method = method.to_uppercase().parse().unwrap();
            operations.push(Operation { id: id.to_owned(), method, path: path.clone() });
        }
    }
    assert!(operations.len() >= 38, "the description lost operations");
    operations
}

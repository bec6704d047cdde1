//! Nothing under `/v1` answers without a credential, but for enrolling and signing in.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use crate::node::{Node, on_a_node};

/// Every operation of the description: method, path with a value in the place of its parameter, whether it is open.
fn operations() -> Vec<(Method, String, bool)> {
    let described = serde_json::to_value(barid_web::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let open = operation["security"] == serde_json::json!([{}]);
            let id = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
            operations.push((method, path.replace("{record}", id).replace("{key}", id), open));
        }
    }
    operations
}

async fn knock(
    node: &Node,
    method: &Method,
    path: &str,
    authorization: Option<&str>,
) -> (StatusCode, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let answered = node.send(request.body(Body::empty()).unwrap()).await;
    if answered.status == StatusCode::UNAUTHORIZED {
        assert_eq!(answered.headers["www-authenticate"], "Bearer");
    }
    (answered.status, answered.text())
}

#[tokio::test]
async fn every_operation_wants_a_credential_and_says_so_in_the_same_words() {
    on_a_node(|node| async move {
        let unknown = format!("Bearer barid_{}", "A".repeat(43));
        let of_another_kind = format!("Basic {}", node.token("XA"));
        let ended: Vec<String> = node.ended.iter().map(|token| format!("Bearer {token}")).collect();
        let mut said = std::collections::BTreeSet::new();
        let mut guarded = 0;
        let mut all = operations();
        all.push((Method::GET, "/v1/openapi.json".to_owned(), false));
        for (method, path, open) in all {
            if open {
                let is_health = ["/healthz", "/readyz", "/metrics"].contains(&path.as_str());
                let signs_in =
                    ["/v1/enrolments", "/v1/enrolments/completion", "/v1/sessions"].contains(&path.as_str());
                assert!(is_health || (signs_in && method == Method::POST), "{path} is open to everybody");
                // Whoever signs in brings its credentials in the body, and this brings none.
                let expected = if is_health { StatusCode::OK } else { StatusCode::UNSUPPORTED_MEDIA_TYPE };
                assert_eq!(knock(&node, &method, &path, None).await.0, expected, "{path}");
                continue;
            }
            guarded += 1;
            let mut refused =
                vec![None, Some("Bearer "), Some("nonsense"), Some(&unknown), Some(&of_another_kind)];
            refused.extend(ended.iter().map(|one| Some(one.as_str())));
            for authorization in refused {
                let (status, text) = knock(&node, &method, &path, authorization).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} {authorization:?}");
                said.insert(text);
            }
        }
        assert_eq!(said.len(), 1, "one text for all: {said:?}");
        assert_eq!(guarded, 69, "an operation is missing from the description, or came to it: count again");
    })
    .await;
}

#[tokio::test]
async fn two_credentials_are_none() {
    on_a_node(|node| async move {
        let token = format!("Bearer {}", node.token("XA"));
        let request =
            Request::get("/v1/organisations").header("authorization", &token).header("authorization", token);
        assert_eq!(node.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn the_served_description_is_the_checked_in_one() {
    on_a_node(|node| async move {
        let authorization = format!("Bearer {}", node.token("XA"));
        let (status, text) = knock(&node, &Method::GET, "/v1/openapi.json", Some(&authorization)).await;
        assert_eq!(status, StatusCode::OK);
        let described: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(described["openapi"], "3.1.0");
        assert_eq!(text, barid_web::openapi_json());
    })
    .await;
}

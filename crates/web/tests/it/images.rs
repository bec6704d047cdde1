//! Pictures over HTTP: handed in as files, named in JSON, opened as files.

use axum::body::Body;
use axum::http::Request;
use barid_api::images::{HandedInShown, ImageStated};
use barid_api::records::OpenResponse;
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use barid_testkit::pictures::picture;
use serde_json::{Value, json};

use crate::node::{Answered, Node, key, on_a_node, wanted};

async fn hand_in(node: &Node, number: u8, query: &str, file: Vec<u8>) -> Answered {
    hand_in_of(node, "XA", number, query, file).await
}

/// Hands a file in for an organisation.
pub async fn hand_in_of(node: &Node, organisation: &str, number: u8, query: &str, file: Vec<u8>) -> Answered {
    let request = Request::post(format!("/v1/images{query}"))
        .header("authorization", format!("Bearer {}", node.token(organisation)))
        .header("content-type", "image/png")
        .header("idempotency-key", key(number).to_string());
    node.send(request.body(Body::from(file)).unwrap()).await
}

async fn enter(node: &Node, number: u8, picture: Value) -> Answered {
    let mut body = serde_json::to_value(wanted("Калачев Валерий", Purpose::CriminalInvestigation)).unwrap();
    body["images"] = json!([{"picture": picture, "kind": "portrait", "taken": "2024-05",
        "caption": {"language": "fa", "text": "چهره"}}]);
    let request = Request::post("/v1/persons")
        .header("authorization", format!("Bearer {}", node.token("XA")))
        .header("content-type", "application/json")
        .header("idempotency-key", key(number).to_string());
    node.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Opens a picture; what of the request is not said is that of a border control.
pub async fn open(node: &Node, organisation: &str, record: &str, rest: Value) -> Answered {
    let mut body = json!({"purpose": "border-control", "reference": "LANE 4"});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let request = Request::post(format!("/v1/records/{record}/image"))
        .header("authorization", format!("Bearer {}", node.token(organisation)))
        .header("content-type", "application/json");
    node.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_picture_goes_the_whole_way_over_http() {
    on_a_node(|node| async move {
        let answered = hand_in(&node, 1, "", picture(1)).await;
        assert_eq!(answered.status.as_u16(), 201, "{}", answered.text());
        let handed_in: HandedInShown = serde_json::from_slice(&answered.body).unwrap();
        let stated = serde_json::to_value(&handed_in.picture).unwrap();
        assert_eq!((stated["format"].clone(), stated["width"].clone()), (json!("jpeg"), json!(24)));
        let entered = enter(&node, 2, stated.clone()).await;
        assert_eq!(entered.status.as_u16(), 201, "{}", entered.text());
        let entered: Value = serde_json::from_slice(&entered.body).unwrap();
        let record = entered["records"][0].as_str().unwrap().to_owned();

        let act =
            serde_json::from_value(json!({"purpose": "border-control", "reference": "LANE 4"})).unwrap();
        let id: RecordId = record.parse().unwrap();
        let shown: OpenResponse = node.ask(&node.client("XB").open(id, &act)).await;
        let images: Vec<ImageStated> = shown.record.unwrap().images;
        assert_eq!(images[0].picture, handed_in.picture);
        assert_eq!(images[0].caption.as_ref().unwrap().text.0, "چهره");

        let hash = stated["hash"].clone();
        let whole = open(&node, "XB", &record, json!({"image": hash})).await;
        assert_eq!(whole.headers["content-type"], "image/jpeg");
        assert_eq!(whole.headers["cache-control"], "no-store");
        assert_eq!(whole.headers["x-content-type-options"], "nosniff");
        assert!(whole.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert_eq!(whole.headers["etag"], format!("\"{}\"", hash.as_str().unwrap()));
        assert_eq!(whole.headers["barid-access"].len(), 64);
        assert_eq!(whole.body.len() as u64, stated["bytes"].as_u64().unwrap());
        let rest = open(&node, "XB", &record, json!({"image": hash, "from": 100})).await;
        assert_eq!(rest.body, whole.body[100..]);
        let behind = open(&node, "XB", &record, json!({"image": hash, "from": 8_000_000})).await;
        assert!(behind.body.is_empty());
        let small = open(&node, "XB", &record, json!({"image": hash, "size": "thumbnail"})).await;
        assert_eq!(small.headers["etag"], format!("\"{}\"", stated["thumbnail"].as_str().unwrap()));

        // Not there and not to be seen: the same bytes.
        let absent = open(&node, "XB", &record, json!({"image": "0a".repeat(32)})).await;
        let exercise = json!({"image": hash, "purpose": "exercise"});
        let hidden = open(&node, "XB", &record, exercise).await;
        assert_eq!((absent.status.as_u16(), absent.text().as_str()), (200, r#"{"image":null}"#));
        assert_eq!((hidden.status, &hidden.body), (absent.status, &absent.body));
    })
    .await;
}

/// A body of which nothing comes; tells when it is asked for.
pub(crate) struct Silent(pub(crate) Option<tokio::sync::oneshot::Sender<()>>);

impl http_body::Body for Silent {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        if let Some(asked) = self.0.take() {
            asked.send(()).unwrap();
        }
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn slow_lines_of_one_organisation_keep_no_other_away_and_a_third_is_not_read() {
    on_a_node(|node| async move {
        let mut slow = Vec::new();
        for number in [1, 2] {
            let (asked, comes) = tokio::sync::oneshot::channel();
            let request = Request::post("/v1/images")
                .header("authorization", format!("Bearer {}", node.token("XA")))
                .header("content-type", "image/png")
                .header("idempotency-key", key(number).to_string())
                .body(Body::new(Silent(Some(asked))))
                .unwrap();
            slow.push(tokio::spawn(tower::ServiceExt::oneshot(node.router.clone(), request)));
            comes.await.unwrap();
        }
        let third = hand_in(&node, 3, "", picture(1)).await;
        assert_eq!((third.status.as_u16(), third.problem().as_str()), (503, "busy"));
        assert_eq!(hand_in_of(&node, "XB", 4, "", picture(1)).await.status.as_u16(), 201);
        for request in slow {
            request.abort();
            assert!(request.await.unwrap_err().is_cancelled());
        }
        assert_eq!(hand_in(&node, 3, "", picture(1)).await.status.as_u16(), 201);
    })
    .await;
}

#[tokio::test]
async fn bad_files_and_bad_names_of_pictures_are_problems() {
    on_a_node(|node| async move {
        let torn = picture(1)[..80].to_vec();
        for (number, file, code) in [
            (1, Vec::new(), "image-empty"),
            (2, "Калачев".as_bytes().to_vec(), "image-unknown-type"),
            (3, b"GIF89a".to_vec(), "image-type-not-taken"),
            (4, torn, "image-truncated"),
        ] {
            let answered = hand_in(&node, number, "", file).await;
            let expected = (409, format!("image-refused image: {code}"));
            assert_eq!((answered.status.as_u16(), answered.problem()), expected);
        }
        let large = hand_in(&node, 5, "", vec![0; (10 << 20) + 1]).await;
        assert_eq!(large.problem(), "body-too-large");
        for query in ["?as=gif", "?as=scan&as=scan", "?size=1", "?as"] {
            assert_eq!(
                hand_in(&node, 6, query, picture(1)).await.problem(),
                "parameter-malformed",
                "{query}"
            );
        }
        assert_eq!(hand_in(&node, 6, "?as=scan", picture(1)).await.status.as_u16(), 201);
        let other = hand_in(&node, 6, "", picture(1)).await;
        assert_eq!(other.problem(), "idempotency-key-reused");
        let typed = Request::post("/v1/images")
            .header("authorization", format!("Bearer {}", node.token("XA")))
            .header("content-type", "application/json")
            .header("idempotency-key", key(7).to_string());
        let typed = node.send(typed.body(Body::from(picture(1))).unwrap()).await;
        assert_eq!(typed.problem(), "image-media-type");

        let nowhere = json!({"hash": "0a".repeat(32), "format": "jpeg", "bytes": 9, "width": 4, "height": 3,
            "thumbnail": "0b".repeat(32)});
        let refused = enter(&node, 8, nowhere).await;
        assert_eq!(refused.problem(), "record-faulty images[0].picture.hash: unknown-image");
        let address = json!({"hash": "https://example.org/face.jpg", "format": "jpeg", "bytes": 9, "width": 4,
            "height": 3, "thumbnail": "0b".repeat(32)});
        let of_address = enter(&node, 9, address).await;
        assert_eq!(of_address.problem(), "body-faulty images[0].picture.hash: bad-characters");
        let nobody = RecordId::from_random([3; 16]).to_string();
        let malformed = open(&node, "XB", &nobody, json!({"image": "face.jpg"})).await;
        assert_eq!(malformed.problem(), "body-faulty image: bad-characters");
    })
    .await;
}

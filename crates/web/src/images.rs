//! Pictures: handing them in, and opening those of a record.

use std::time::Duration;

use axum::Json as Out;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use barid_api::images::{HandedInShown, ImageSize, NoImage, OpenImageRequest};
use barid_api::problems;
use barid_api::texts::{IdempotencyKeyText, RecordIdText};
use barid_app::leak_tests::{Leak, is_planted};
use barid_app::{AppError, ImagePart, ImageSubmission, Intake, OpContext, OpenedImage};
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::answers::{Refused, read_to_end};
use crate::bodies::{Json, Picture};
use crate::callers::{Caller, InPath, Key};
use crate::records::to_its_end;
use crate::state::Shared;

/// Where pictures are handed in: a slow line has longer there.
pub(crate) const HANDING_IN: &str = "/v1/images";

/// How long a picture waits for those before it.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Says how a picture is to be kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeptAs {
    /// As a photograph: JPEG, of at most 2,048 pixels a side.
    #[default]
    Photograph,
    /// As a scan, without further loss: PNG, of at most 3,508 pixels a side.
    Scan,
}

/// The parameters of handing a picture in.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HandingIn {
    /// How it is to be kept.
    #[serde(default, rename = "as")]
    #[param(inline, required = false)]
    kept_as: KeptAs,
}

/// Hands in a picture for a record to come: JPEG, PNG or WebP, told by its bytes.
///
/// It is written anew out of its pixels, upright and scaled down where it is large; nothing else of the file is kept. For a
/// day it is the caller's organisation's alone, and shown to nobody; a record that names it takes it up. Repeating the
/// request with the same key is harmless.
#[utoipa::path(post, path = "/v1/images", tag = "images",
    params(
        HandingIn,
        ("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body(description = "The file.", content(
        (PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"),
    )),
    responses((status = 201, description = "The picture as it is kept.", body = HandedInShown)))]
pub(crate) async fn hand_in_image(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    asked: Result<Query<HandingIn>, axum::extract::rejection::QueryRejection>,
    picture: Picture,
) -> Result<(StatusCode, Out<HandedInShown>), Refused> {
    let Query(HandingIn { kept_as }) = asked.map_err(|_| problems::QUERY_MALFORMED)?;
    let ctx = caller.about_own_node()?;
    let intake = match kept_as {
        KeptAs::Photograph => Intake::Photograph,
        KeptAs::Scan => Intake::Scan,
    };
    // Before a byte of it is read: what waits for its turn waits in memory.
    let place = web.picture_places.take(ctx.actor.organisation).ok_or(problems::BUSY)?;
    let bytes = picture.read().await?;
    let submission = ImageSubmission { bytes, intake };
    let handed_in = to_its_end(async move {
        let _place = place;
        // One at a time: of 40 million pixels each takes several bytes while it is decoded.
        let turn = tokio::time::timeout(LONGEST_WAIT, web.pictures.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(AppError::Overloaded) };
        web.app.hand_in_image(&ctx, key, submission).await
    })
    .await??;
    let shown = HandedInShown {
        picture: (&handed_in.facts).into(),
        waits_until: handed_in.waits_until.map(|until| until.to_string().into()),
        replayed: handed_in.replayed,
    };
    Ok((StatusCode::CREATED, Out(shown)))
}

/// Is a file, as the description has it.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "for the description alone")]
pub(crate) struct PictureFile(Vec<u8>);

/// Opens a picture of a record: an act of its own, journalled whatever it finds.
///
/// The answer is the picture itself, whole or from a byte on, and is kept by no cache. A record that isn't there, one that
/// may not be seen and a picture that its standing version doesn't name are all `{"image": null}`. The header `ETag` is the
/// SHA-256 of the whole, `Barid-Access` the line in the journal by which this access can be proved.
#[utoipa::path(post, path = "/v1/records/{record}/image", tag = "images",
    params(("record" = RecordIdText, Path, description = "The record.")),
    request_body = OpenImageRequest,
    responses((status = 200, description = "The picture, or null.", content(
        (PictureFile = "image/jpeg"), (PictureFile = "image/png"), (NoImage = "application/json"),
    ))))]
pub(crate) async fn open_image(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Json(request): Json<OpenImageRequest>,
) -> Result<Response, Refused> {
    let (why, hash) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let part = match request.size {
        ImageSize::Thumbnail => ImagePart::Thumbnail,
        ImageSize::Whole => ImagePart::Whole,
    };
    match web.app.open_image(&ctx, record, hash, part).await {
        Ok(opened) => Ok(shown(opened, request.from)),
        Err(AppError::Absent) if is_planted(Leak::EtagOfHidden) => {
            let mut response = Out(NoImage { image: None }).into_response();
            let wider = OpContext { purpose: Purpose::Humanitarian, ..ctx };
            if web.app.open_image(&wider, record, hash, part).await.is_ok() {
                response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"it\""));
            }
            Ok(response)
        }
        Err(AppError::Absent | AppError::Ended) => Ok(Out(NoImage { image: None }).into_response()),
        Err(error) => Err(error.into()),
    }
}

fn shown(opened: OpenedImage, from: u32) -> Response {
    let OpenedImage { act: _, access, media_type, hash, mut bytes } = opened;
    let rest = bytes.split_off((from as usize).min(bytes.len()));
    let mut response = rest.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    for (name, value) in [("etag", format!("\"{hash}\"")), ("barid-access", access.to_string())] {
        // Hexadecimal digits are fit for a header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

//! Bodies: read within a size and a time, JSON only, and every deviation from the description named by place and code.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use barid_api::problems::{self, FaultShown};
use http_body::Body as _;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::answers::Refused;
use crate::state::Shared;

/// The largest body of an ordinary request, in bytes.
pub(crate) const BODY_CAP: usize = 1 << 20;
/// The largest body of a person or a batch, in bytes: what the description allows is judged as an entry, not as a body.
pub(crate) const LARGE_BODY_CAP: usize = 16 << 20;

/// Is a body that was read, of at most `CAP` bytes.
pub(crate) struct Json<T, const CAP: usize = BODY_CAP>(pub(crate) T);

impl<T: DeserializeOwned, const CAP: usize> FromRequest<Shared> for Json<T, CAP> {
    type Rejection = Refused;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Refused> {
        if !is_of_type(&request, "application/json") {
            return Err(problems::MEDIA_TYPE.into());
        }
        let reading = read_whole(request.into_body(), CAP);
        let bytes =
            tokio::time::timeout(web.options.body_time, reading).await.map_err(|_| problems::TOO_SLOW)??;
        parse(&bytes).map(Self)
    }
}

/// The lowest rate, in bytes a second, at which a picture may come: 64 kbit/s.
const LOWEST_RATE: u64 = 8 * 1024;
/// The longest until the first byte of a picture.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// In how long what comes at the lowest rate in that time must have come: each time anew, so that nobody comes quickly at
/// first and holds a place from then on.
const WINDOW: Duration = Duration::from_secs(30);
/// The longest that a picture may take: a place is held no longer. At the lowest rate 4.7 MiB come in it.
pub(crate) const PICTURE_TIME: Duration = Duration::from_secs(600);

/// Is a file that was not read yet: a picture, as far as its header says so. What it is, its bytes say.
pub(crate) struct Picture(Body);

const PICTURES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

impl FromRequest<Shared> for Picture {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Refused> {
        if !PICTURES.iter().any(|media_type| is_of_type(&request, media_type)) {
            return Err(problems::IMAGE_MEDIA_TYPE.into());
        }
        Ok(Self(request.into_body()))
    }
}

impl Picture {
    /// Reads the file whole, as long as it comes at the lowest rate.
    pub(crate) async fn read(self) -> Result<Vec<u8>, Refused> {
        self.read_since(Instant::now()).await
    }

    async fn read_since(self, begun: Instant) -> Result<Vec<u8>, Refused> {
        let Self(mut body) = self;
        let mut pace = Pace::begin(begun);
        let mut bytes = Vec::new();
        loop {
            let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
            let frame = tokio::time::timeout_at(pace.until(), frame).await;
            match frame.map_err(|_| problems::TOO_SLOW)? {
                None => return Ok(bytes),
                Some(Err(_)) => return Err(problems::BODY_UNREADABLE.into()),
                Some(Ok(frame)) => {
                    let came = frame.into_data().unwrap_or_default();
                    pace.came(came.len() as u64, Instant::now());
                    bytes.extend_from_slice(&came);
                }
            }
            if bytes.len() > barid_app::IMAGE_FILE_BYTES_CAP {
                return Err(problems::BODY_TOO_LARGE.into());
            }
        }
    }
}

/// Is how a picture comes.
struct Pace {
    begun: Instant,
    /// When this window began; `None` before the first byte.
    window: Option<Instant>,
    came_in_window: u64,
}

impl Pace {
    fn begin(now: Instant) -> Self {
        Self { begun: now, window: None, came_in_window: 0 }
    }

    /// By when something must have come.
    fn until(&self) -> Instant {
        let next = self.window.map_or(self.begun + FIRST_BYTE, |window| window + WINDOW);
        next.min(self.begun + PICTURE_TIME)
    }

    fn came(&mut self, bytes: u64, now: Instant) {
        if bytes == 0 {
            return;
        }
        let window = self.window.get_or_insert(now);
        self.came_in_window += bytes;
        // What came beyond it is not credited to the next one.
        if self.came_in_window >= LOWEST_RATE * WINDOW.as_secs() {
            (*window, self.came_in_window) = (now, 0);
        }
    }
}

/// Tells whether a request says that its body is of a media type.
pub(crate) fn is_of_type(request: &Request, media_type: &str) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or("");
    essence.trim().eq_ignore_ascii_case(media_type)
}

pub(crate) async fn read_whole(body: Body, cap: usize) -> Result<axum::body::Bytes, Refused> {
    axum::body::to_bytes(body, cap).await.map_err(|error| {
        let too_large = std::error::Error::source(&error)
            .is_some_and(|cause| cause.to_string().contains("length limit exceeded"));
        if too_large { problems::BODY_TOO_LARGE.into() } else { problems::BODY_UNREADABLE.into() }
    })
}

/// Reads JSON, every deviation named by place and code.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    // Derived readers would take an array of the fields in their order for an object.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let fault = FaultShown { place: String::new(), code: "wrong-type".to_owned() };
        return Err(Refused(problems::BODY_FAULTY.with_faults(vec![fault])));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refuse(&error))?;
    deserializer.end().map_err(|_| problems::JSON_MALFORMED)?;
    Ok(value)
}

fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> Refused {
    if !error.inner().is_data() {
        return problems::JSON_MALFORMED.into();
    }
    let text = error.inner().to_string();
    let (code, field) = kind_of(&text);
    let mut place = place_of(error.path());
    if let Some(field) = field {
        if !place.is_empty() {
            place.push('.');
        }
        place.push_str(field);
    }
    let fault = FaultShown { place, code: code.to_owned() };
    Refused(problems::BODY_FAULTY.with_faults(vec![fault]))
}

/// Tells the kind of a deviation, and the field that is missing or there twice. Names that came from outside are not repeated.
fn kind_of(text: &str) -> (&'static str, Option<&str>) {
    for (start, code) in [("missing field `", "missing"), ("duplicate field `", "duplicate")] {
        if let Some(rest) = text.strip_prefix(start) {
            // These two name fields of our own only.
            return (code, rest.split('`').next());
        }
    }
    let known = [
        ("unknown field", "unknown-field"),
        ("unknown variant", "unknown-code"),
        ("invalid type", "wrong-type"),
        ("invalid value", "wrong-value"),
        ("invalid length", "wrong-length"),
    ];
    let found = known.iter().find(|(start, _)| text.starts_with(start));
    (found.map_or("malformed", |(_, code)| code), None)
}

/// Writes a path such as `person.names[2].text`; a name that is not of our own making is written as `?`.
fn place_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut place = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => place.push_str(&format!("[{index}]")),
            Segment::Map { key } => push_name(&mut place, key),
            Segment::Enum { variant } => push_name(&mut place, variant),
            Segment::Unknown => push_name(&mut place, "?"),
        }
    }
    place
}

fn push_name(place: &mut String, name: &str) {
    if !place.is_empty() {
        place.push('.');
    }
    place.push_str(if crate::description::is_field_name(name) { name } else { "?" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use barid_api::persons::PersonSubmission;
    use barid_api::search::SearchRequest;

    fn problem_of<T: DeserializeOwned>(json: &str) -> String {
        match parse::<T>(json.as_bytes()) {
            Ok(_) => "accepted".to_owned(),
            Err(Refused(problem)) => {
                let faults = problem.faults.iter().map(|fault| format!(" {}: {}", fault.place, fault.code));
                format!("{}{}", problem.code, faults.collect::<String>())
            }
        }
    }

    #[test]
    fn every_deviation_has_a_place_and_a_code() {
        let nested = format!(r#"{{"query": {}"#, "[".repeat(100_000));
        for (json, expected) in [
            ("", "json-malformed"),
            ("{", "json-malformed"),
            ("{} {}", "json-malformed"),
            (nested.as_str(), "body-faulty query: wrong-type"),
            (r#"{"query": "\ud800"}"#, "json-malformed"),
            ("[1]", "body-faulty : wrong-type"),
            (r#"{"query": 1}"#, "body-faulty query: wrong-type"),
            (r#"{"query": "a", "query": "b"}"#, "body-faulty query: duplicate"),
            (r#"{"Калачев": 1}"#, "body-faulty ?: unknown-field"),
            (r#"{"limit": -1}"#, "body-faulty limit: wrong-value"),
            (r#"{"limit": 1.5}"#, "body-faulty limit: wrong-value"),
        ] {
            assert_eq!(problem_of::<SearchRequest>(json), expected, "{json}");
        }
        let person = r#"{"terms": {"handling": {"code": "H0"}, "review_in_days": 9},
            "person": {"stated": {}, "names": [{"text": "নাম"}, {"text": 7}]}}"#;
        assert_eq!(problem_of::<PersonSubmission>(person), "body-faulty person.names[1].text: wrong-type");
        assert_eq!(
            problem_of::<PersonSubmission>(r#"{"terms": {"handling": {"code": "H0"}}}"#),
            "body-faulty terms.review_in_days: missing"
        );
    }

    /// What becomes of a picture that comes in these pieces: so many times so many bytes, each after so many seconds.
    fn comes(pieces: &[(u64, u64, u32)]) -> Result<u64, u64> {
        let begun = Instant::now();
        let (mut pace, mut now, mut came) = (Pace::begin(begun), begun, 0);
        for (rest, bytes, times) in pieces {
            for _ in 0..*times {
                now += Duration::from_secs(*rest);
                if now > pace.until() {
                    return Err((pace.until() - begun).as_secs());
                }
                pace.came(*bytes, now);
                came += bytes;
            }
        }
        Ok(came)
    }

    #[test]
    fn a_picture_on_a_slow_line_has_time_while_it_comes_and_holds_its_place_no_longer() {
        const KIB: u64 = 1024;
        assert_eq!(comes(&[(1, 100 * KIB, 1)]), Ok(100 * KIB));
        // 64 kbit/s, which is the lowest rate; what is silent for a while catches up.
        assert_eq!(comes(&[(1, 8 * KIB, 500)]), Ok(4_000 * KIB));
        assert_eq!(comes(&[(1, KIB, 1), (29, 240 * KIB, 10)]), Ok(2_401 * KIB));
        assert_eq!(comes(&[(11, 100 * KIB, 1)]), Err(10), "not a byte");
        assert_eq!(comes(&[(5, 0, 9)]), Err(10), "pieces without a byte are none");
        assert_eq!(comes(&[(1, 7 * KIB, 500)]), Err(31), "slower than the lowest rate");
        assert_eq!(comes(&[(1, 9_000 * KIB, 1), (5, 1, 500)]), Err(31), "nothing is saved up");
        assert_eq!(comes(&[(1, 8 * KIB, 1_000)]), Err(600), "so long and no longer");
    }

    /// Brings a piece, and nothing more.
    struct Stops(Option<&'static [u8]>);

    impl http_body::Body for Stops {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
            match self.0.take() {
                Some(piece) => std::task::Poll::Ready(Some(Ok(http_body::Frame::data(piece.into())))),
                None => std::task::Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn a_picture_that_stops_coming_is_refused_when_its_time_is_over() {
        // Its time is over when it begins: nothing is waited for.
        let long_ago = Instant::now() - PICTURE_TIME;
        for first in [None, Some(b"\x89PNG".as_slice())] {
            let read = Picture(Body::new(Stops(first))).read_since(long_ago).await;
            assert_eq!(read.unwrap_err().0.code, "request-too-slow");
        }
        let read = Picture(Body::from("whole")).read_since(long_ago).await;
        assert_eq!(
            read.map_err(|Refused(problem)| problem.code),
            Ok(b"whole".to_vec()),
            "what is there is read"
        );
    }

    #[test]
    fn invalid_utf_8_is_not_json() {
        assert!(parse::<SearchRequest>(b"{\"query\": \"\xff\"}").is_err());
    }
}

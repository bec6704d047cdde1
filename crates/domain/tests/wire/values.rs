//! What is written reads back, and no bytes make a reader panic.

use barid_domain::agreements::{Agreement, AgreementAct, Clause, Grant};
use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::batches::{BatchItem, ItemWithdrawal, item_hash, item_record, read_item};
use barid_domain::codes::*;
use barid_domain::consents::{Consent, ConsentRequest};
use barid_domain::contents::{self, Content, EntryType, RecordVersion};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day, Timestamp};
use barid_domain::described::{Described, DescribedDocument};
use barid_domain::entries::{KeyLookup, RegisteredKey, Unverified, seal};
use barid_domain::erasures::ErasureAttestation;
use barid_domain::ids::{ActId, AgreementId, EntryHash, ImageHash, KeyId, NodeId, RecordId, RequestId};
use barid_domain::images::{Image, ImageFacts};
use barid_domain::keys::{PublicKey, Signer};
use barid_domain::links::{Link, LinkedRecord};
use barid_domain::orders::{Order, OrderAttestation};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference};
use barid_domain::policy::GrantName;
use barid_domain::registry::{
    Founder, Genesis, KeyAct, KeyStatement, KeyUsage, OrganisationStatement, Profile, Registry, Standing,
};
use barid_domain::restrictions::Restriction;
use barid_domain::streams::StreamId;
use barid_domain::subject_requests::{
    Applicant, Concerned, OwnerAnswer, RequestStatement, RequestStep, StepStatement, SubjectRequest,
};
use barid_domain::terms::{Keeping, Provenance, Terms};
use barid_domain::text::LocalText;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_domain::withdrawals::Withdrawal;
use barid_domain::{canonical, keys};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::description::Description;
use crate::objects::object;
use crate::samples::{FOUNDED, claims, org, samples, signer};

thread_local! {
    static DESCRIPTION: Description = Description::read();
}

// Words of the scripts our users write, for texts that are clean as they are.
const WORDS: &[&str] = &[
    "учебное",
    "лицо",
    "شخص",
    "تمرين",
    "تمرینی",
    "می\u{200c}شود",
    "अभ्यास",
    "व्यक्ति",
    "অনুশীলন",
    "ক্ষেত্র",
    "演习",
    "人员",
    "Exercise",
    "naïve",
];

fn words() -> impl Strategy<Value = String> {
    vec(prop::sample::select(WORDS), 1..5).prop_map(|words| words.join(" "))
}

/// A code of the list, or one of a later version.
fn code<T: CodeList + std::fmt::Debug>() -> impl Strategy<Value = T> {
    let listed: Vec<u16> = T::LISTED.iter().map(|(code, _)| code.number()).collect();
    prop_oneof![4 => prop::sample::select(listed), 1 => any::<u16>()].prop_map(T::from_number)
}

fn local_text() -> impl Strategy<Value = LocalText> {
    let language = prop::sample::select(vec!["ru", "ar", "fa", "hi", "bn", "zh-Hans", "und"]);
    (language, words()).prop_map(|(language, text)| LocalText { language: language.into(), text })
}

fn day() -> impl Strategy<Value = Day> {
    (Day::FIRST.days()..=Day::LAST.days()).prop_map(|days| Day::from_days(days).unwrap())
}

fn interval() -> impl Strategy<Value = DateInterval> {
    (day(), day(), code())
        .prop_map(|(a, b, precision)| DateInterval::with_precision(a.min(b), a.max(b), precision).unwrap())
}

fn country() -> impl Strategy<Value = CountryCode> {
    let codes = vec!["XAX", "XBX", "XCX", "XXA", "UNO", "RKS", "GBD", "D", "KAZ"];
    prop::sample::select(codes).prop_map(|code| CountryCode::new(code).unwrap())
}

fn number() -> impl Strategy<Value = DocumentNumber> {
    "[A-Z0-9]{1,30}".prop_map(|text| DocumentNumber::new(&text).unwrap())
}

fn record() -> impl Strategy<Value = RecordId> {
    any::<[u8; 16]>().prop_map(RecordId::from_random)
}

fn link() -> impl Strategy<Value = Link> {
    let end = || {
        (any::<[u8; 16]>(), code(), hash()).prop_map(|(id, database, entry)| LinkedRecord {
            record: RecordId::from_random(id),
            database,
            entry,
        })
    };
    (code(), end(), end(), of(interval()), of(interval()), vec(local_text(), 0..3))
        .prop_map(|(kind, from, to, since, until, remarks)| Link { kind, from, to, since, until, remarks })
}

fn hash() -> impl Strategy<Value = EntryHash> {
    any::<[u8; 32]>().prop_map(EntryHash)
}

fn public_key() -> impl Strategy<Value = PublicKey> {
    (any::<[u8; 32]>(), prop::sample::select(keys::Algorithm::ALL))
        .prop_filter_map("a key", |(secret, algorithm)| {
            keys::signer_of(algorithm, &secret).ok().map(|signer| signer.public_key())
        })
}

fn terms() -> impl Strategy<Value = Terms> {
    let provenance = (words(), words(), of(day())).prop_map(|(source, reference, edition)| Provenance {
        source,
        reference,
        edition,
    });
    let said = (vec(local_text(), 0..3), of(keeping()));
    (code(), code(), code(), code(), code(), day(), of(provenance), said).prop_map(
        |(
            purpose,
            handling,
            classification,
            source_grade,
            information_grade,
            review_on,
            provenance,
            (conditions, kept),
        )| {
            Terms {
                purpose,
                handling,
                classification,
                source_grade,
                information_grade,
                review_on,
                provenance,
                conditions,
                kept,
            }
        },
    )
}

fn person_name() -> impl Strategy<Value = PersonName> {
    let script = prop::sample::select(vec!["Cyrl", "Arab", "Deva", "Beng", "Hani", "Latn", "Zyyy"]);
    (words(), code(), of(code()), script, of(Just("fa".to_owned())), vec(words(), 0..4), of(words()))
        .prop_map(|(text, kind, strength, script, language, parts, note)| PersonName {
            text,
            kind,
            strength,
            script: script.into(),
            language,
            parts,
            note,
        })
}

fn place() -> impl Strategy<Value = Place> {
    (of(country()), of(words()), of(words()), of(words()), of(words()), of(words()), of(words())).prop_map(
        |(country, country_text, region, city, street, postal_code, note)| Place {
            country,
            country_text,
            region,
            city,
            street,
            postal_code,
            note,
        },
    )
}

fn held_document() -> impl Strategy<Value = HeldDocument> {
    (
        code(),
        of(words()),
        of(country()),
        of(words()),
        of(interval()),
        of(interval()),
        of(words()),
        of(words()),
    )
        .prop_map(
            |(document_type, number, issuing_country, type_text, issued_on, expires_on, issued_at, note)| {
                HeldDocument {
                    document_type,
                    number,
                    issuing_country,
                    type_text,
                    issued_on,
                    expires_on,
                    issued_at,
                    note,
                }
            },
        )
}

fn person() -> impl Strategy<Value = Person> {
    let reference = (words(), words()).prop_map(|(scheme, number)| Reference { scheme, number });
    let who =
        (vec(person_name(), 1..4), code(), vec(interval(), 0..3), vec(place(), 0..3), vec(country(), 0..3));
    let what = (vec(code(), 1..4), any::<bool>(), vec(code(), 0..4), vec(code(), 0..4));
    let traces = (vec(held_document(), 0..3), vec(place(), 0..3), vec(reference, 0..3));
    let told = (vec(local_text(), 0..3), vec(local_text(), 0..3), vec(local_text(), 0..3));
    (who, what, traces, told, (of(day()), vec(day(), 0..3))).prop_map(
        |(
            (names, sex, births, birth_places, nationalities),
            (statuses, minor, offences, warnings),
            (documents, addresses, references),
            (functions, descriptions, remarks),
            (listed_on, amended_on),
        )| Person {
            names,
            sex,
            births,
            birth_places,
            nationalities,
            statuses,
            minor,
            offences,
            warnings,
            documents,
            addresses,
            functions,
            descriptions,
            remarks,
            references,
            listed_on,
            amended_on,
        },
    )
}

fn travel_document() -> impl Strategy<Value = TravelDocument> {
    (number(), of(number()), country(), code(), code(), of(code()), of(day())).prop_map(
        |(number, range_end, issuing_country, document_type, fraud_type, reason, reported_on)| {
            TravelDocument {
                number,
                range_end,
                issuing_country,
                document_type,
                fraud_type,
                reason,
                reported_on,
            }
        },
    )
}

fn image() -> impl Strategy<Value = Image> {
    let facts = (any::<[u8; 32]>(), code(), any::<u32>(), any::<u32>(), any::<u32>(), any::<[u8; 32]>());
    let facts = facts.prop_map(|(hash, format, bytes, width, height, thumbnail)| ImageFacts {
        hash: ImageHash(hash),
        format,
        bytes,
        width,
        height,
        thumbnail: ImageHash(thumbnail),
    });
    (facts, code(), of(interval()), of(local_text())).prop_map(|(picture, kind, taken, caption)| Image {
        picture,
        kind,
        taken,
        caption,
    })
}

fn version<T: std::fmt::Debug>(
    statement: impl Strategy<Value = T>,
) -> impl Strategy<Value = RecordVersion<T>> {
    (
        any::<[u8; 32]>(),
        record(),
        prop_oneof![Just(None), (2u32.., hash()).prop_map(Some)],
        terms(),
        statement,
        vec(image(), 0..3),
    )
        .prop_map(|(salt, record, later, terms, statement, images)| {
            let (version, supersedes) = later.map_or((1, None), |(version, hash)| (version, Some(hash)));
            RecordVersion { salt, record, version, supersedes, terms, statement, images }
        })
}

fn profile() -> impl Strategy<Value = Profile> {
    (code(), of(country()), vec(local_text(), 1..4), any::<bool>()).prop_map(
        |(kind, country, names, hosted)| Profile {
            code: org("XB"),
            kind,
            country,
            names,
            hosted_by: hosted.then(|| org("XA-HOST-0001")),
        },
    )
}

fn content() -> impl Strategy<Value = Content> {
    let salt = any::<[u8; 32]>;
    let founder = (profile(), public_key()).prop_map(|(profile, key)| Founder { profile, key });
    let genesis = (salt(), vec(local_text(), 1..3), 1u32..=64, vec(founder, 1..4))
        .prop_map(|(salt, names, threshold, founders)| Genesis { salt, names, threshold, founders });
    let organisation =
        (salt(), profile(), code::<Standing>()).prop_map(|(salt, profile, standing)| OrganisationStatement {
            salt,
            code: profile.code,
            profile,
            standing,
            must_sign_with: Vec::new(),
            limits: Vec::new(),
        });
    let key = (salt(), public_key(), code::<KeyAct>(), any::<i64>(), code::<KeyUsage>()).prop_map(
        |(salt, key, act, from, usage)| KeyStatement {
            salt,
            organisation: org("XC"),
            key,
            act,
            from,
            usage,
            up_to: None,
        },
    );
    let withdrawal = (salt(), record(), code(), hash(), code()).prop_map(
        |(salt, record, database, supersedes, reason)| Withdrawal {
            salt,
            record,
            database,
            supersedes,
            reason,
        },
    );
    let batch =
        (salt(), code(), 1u32..=100_000, salt(), terms()).prop_map(|(salt, database, count, root, terms)| {
            barid_domain::batches::Batch { salt, database, count, root, terms }
        });
    let item =
        (salt(), hash(), 0u32..100_000, salt(), code()).prop_map(|(salt, batch, index, item, reason)| {
            ItemWithdrawal { salt, batch, index, item, record: item_record(&batch.0, &item), reason }
        });
    prop_oneof![
        agreement().prop_map(Content::Agreement),
        agreement_act().prop_map(Content::AgreementAct),
        order().prop_map(Content::Order),
        order_attestation().prop_map(Content::OrderAttestation),
        restriction().prop_map(Content::Restriction),
        subject_request().prop_map(Content::SubjectRequest),
        subject_request_step().prop_map(Content::SubjectRequestStep),
        erasure_attestation().prop_map(Content::ErasureAttestation),
        consent_request().prop_map(Content::ConsentRequest),
        consent().prop_map(Content::Consent),
        genesis.prop_map(Content::Genesis),
        organisation.prop_map(Content::Organisation),
        key.prop_map(Content::Key),
        version(person()).prop_map(Content::Person),
        version(travel_document()).prop_map(Content::TravelDocument),
        version(object()).prop_map(Content::Object),
        version(link()).prop_map(Content::Link),
        withdrawal.prop_map(Content::Withdrawal),
        batch.prop_map(Content::Batch),
        item.prop_map(Content::ItemWithdrawal),
    ]
}

fn agreement_id() -> impl Strategy<Value = AgreementId> {
    any::<[u8; 16]>().prop_map(AgreementId::from_random)
}

fn grant_name() -> impl Strategy<Value = GrantName> {
    (agreement_id(), 1u32..).prop_map(|(agreement, grant)| GrantName { agreement, grant })
}

fn organisations() -> impl Strategy<Value = Vec<barid_domain::ids::OrganisationCode>> {
    prop::sample::subsequence(vec![org("XA"), org("XB"), org("XC"), org("XPART")], 2..=4)
}

fn grant() -> impl Strategy<Value = Grant> {
    let who = (1u32.., organisations(), organisations());
    let what = (vec(code(), 1..4), vec(code(), 1..4), vec(code(), 0..4), vec(code(), 1..4));
    let which = (vec(code(), 1..4), vec(code(), 1..4), code(), 1u32.., vec(code(), 0..4));
    (who, what, which).prop_map(|(who, what, which)| {
        let (number, recipients, owners) = who;
        let (databases, operations, fields, purposes) = what;
        let (held, handling, classification, daily_cap, duties) = which;
        Grant {
            number,
            recipients,
            owners,
            databases,
            operations,
            fields,
            purposes,
            held,
            handling,
            classification,
            daily_cap,
            duties,
        }
    })
}

fn agreement() -> impl Strategy<Value = Agreement> {
    let clause = (1u32.., vec(local_text(), 1..3)).prop_map(|(number, texts)| Clause { number, texts });
    let named = (any::<[u8; 32]>(), agreement_id(), prop_oneof![Just(None), (2u32.., hash()).prop_map(Some)]);
    let bound = (vec(local_text(), 1..3), organisations(), day(), day());
    (named, bound, vec(clause, 0..3), vec(grant(), 0..3)).prop_map(|(named, bound, clauses, grants)| {
        let ((salt, agreement, later), (titles, parties, from, until)) = (named, bound);
        let (version, amends) = later.map_or((1, None), |(version, hash)| (version, Some(hash)));
        Agreement { salt, agreement, version, amends, titles, parties, from, until, clauses, grants }
    })
}

fn agreement_act() -> impl Strategy<Value = AgreementAct> {
    (any::<[u8; 32]>(), agreement_id(), hash(), code(), of(1u32..), vec(local_text(), 0..3)).prop_map(
        |(salt, agreement, text, step, grant, reasons)| AgreementAct {
            salt,
            agreement,
            text,
            step,
            grant,
            reasons,
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    let what = (any::<[u8; 16]>().prop_map(RecordId::from_random), code(), code());
    let details = (of(described()), of(code()), of(words()));
    (any::<[u8; 32]>(), what, of(hash()), of(hash()), vec(local_text(), 1..3), details).prop_map(
        |(salt, (record, database, act), version, answers, texts, (described, mark, consent))| Order {
            owner: org("XA"),
            salt,
            record,
            database,
            act,
            version,
            answers,
            texts,
            described,
            mark,
            consent,
        },
    )
}

fn described() -> impl Strategy<Value = Described> {
    let document = (words(), of(country()))
        .prop_map(|(number, issuing_country)| DescribedDocument { number, issuing_country });
    (vec(words(), 0..3), vec(interval(), 0..3), vec(document, 0..3))
        .prop_map(|(names, births, documents)| Described { names, births, documents })
}

fn order_attestation() -> impl Strategy<Value = OrderAttestation> {
    (any::<[u8; 32]>(), hash(), any::<[u8; 16]>(), any::<i64>()).prop_map(|(salt, order, node, obeyed_at)| {
        OrderAttestation { salt, order, node: NodeId::from_random(node), obeyed_at }
    })
}

fn restriction() -> impl Strategy<Value = Restriction> {
    let records = vec(any::<[u8; 16]>().prop_map(RecordId::from_random), 0..3);
    let organisations = proptest::sample::subsequence(vec!["XB", "XC"], 0..=2);
    (any::<[u8; 32]>(), (code(), code()), records, code(), organisations, any::<u64>()).prop_map(
        |(salt, (database, scope), records, mode, organisations, number)| Restriction {
            salt,
            database,
            scope,
            records,
            mode,
            organisations: organisations.into_iter().map(org).collect(),
            number,
        },
    )
}

fn subject_request() -> impl Strategy<Value = RequestStatement> {
    let applicant = (vec("[а-я]{1,9}", 1..3), of(interval()), 0usize..2).prop_map(|(names, birth, count)| {
        Applicant { names, birth, nationalities: vec![CountryCode::new("RUS").unwrap(); count] }
    });
    let codes = (code(), of(code()));
    (any::<[u8; 32]>(), any::<[u8; 16]>(), codes, applicant).prop_map(
        |(salt, request, (kind, identity), applicant)| RequestStatement {
            salt,
            request: SubjectRequest {
                request: RequestId::from_random(request),
                kind,
                received_on: "2026-10-02".parse().unwrap(),
                applicant,
                identity,
                language: "fa".into(),
                reference: "R/26/12".into(),
            },
        },
    )
}

fn subject_request_step() -> impl Strategy<Value = StepStatement> {
    let record = || any::<[u8; 16]>().prop_map(RecordId::from_random);
    let found =
        (record(), code()).prop_map(|(record, database)| Concerned { record, database, owner: org("XB") });
    let request = any::<[u8; 16]>().prop_map(RequestId::from_random);
    let texts = || vec(local_text(), 0..3);
    let day = || Just::<Day>("2027-01-15".parse().unwrap());
    let steps = prop_oneof![
        code().prop_map(RequestStep::IdentityConfirmed),
        Just(RequestStep::FoundAdmissible),
        code().prop_map(RequestStep::FoundInadmissible),
        vec(found, 0..3).prop_map(RequestStep::Searched),
        (record(), hash(), day(), any::<bool>(), texts()).prop_map(
            |(record, version, due, tells_applicant, texts)| RequestStep::Consulted {
                record,
                version,
                due,
                tells_applicant,
                texts,
            }
        ),
        (day(), texts()).prop_map(|(until, texts)| RequestStep::Extended { until, texts }),
        (code(), vec(hash(), 0..3), vec(hash(), 0..3), texts()).prop_map(
            |(decision, orders, answers, texts)| RequestStep::Decided { decision, orders, answers, texts }
        ),
        Just(RequestStep::Closed),
    ];
    let answer = (hash(), code(), vec(code(), 0..3), of(code()), texts()).prop_map(
        |(consultation, reply, groups, restriction, texts)| OwnerAnswer {
            consultation,
            reply,
            groups,
            restriction,
            texts,
        },
    );
    prop_oneof![
        (any::<[u8; 32]>(), request, hash(), steps)
            .prop_map(|(salt, request, follows, step)| StepStatement::step(salt, request, follows, step)),
        (any::<[u8; 32]>(), answer).prop_map(|(salt, answer)| StepStatement::answer(salt, answer)),
    ]
}

fn erasure_attestation() -> impl Strategy<Value = ErasureAttestation> {
    let organisation = prop::sample::select(vec![org("XA"), org("XPART")]);
    let stream = (organisation, code(), any::<[u8; 16]>(), any::<u32>()).prop_map(
        |(organisation, class, node, incarnation)| StreamId {
            organisation,
            class,
            node: NodeId::from_random(node),
            incarnation,
        },
    );
    let places = (any::<u64>(), any::<u64>(), hash(), 1u32..=2_000);
    (any::<[u8; 32]>(), stream, places, any::<[u8; 32]>(), any::<[u8; 16]>(), any::<i64>()).prop_map(
        |(salt, stream, (from, to, last, count), root, node, attested_at)| ErasureAttestation {
            salt,
            stream,
            from,
            to,
            last,
            count,
            root,
            node: NodeId::from_random(node),
            attested_at,
        },
    )
}

fn consent_request() -> impl Strategy<Value = ConsentRequest> {
    let records = vec(any::<[u8; 16]>().prop_map(RecordId::from_random), 1..=3);
    let asked = (code(), code(), "[a-zА-я0-9 ]{1,40}");
    (any::<[u8; 32]>(), asked, records, local_text(), day(), hash()).prop_map(
        |(salt, (database, purpose, reference), records, reason, until, access)| ConsentRequest {
            salt,
            owner: org("XA"),
            database,
            records,
            purpose,
            reference,
            reason,
            until,
            access,
        },
    )
}

fn consent() -> impl Strategy<Value = Consent> {
    let records = vec(any::<[u8; 16]>().prop_map(RecordId::from_random), 0..=3);
    let given = (records, vec(code(), 0..3), of(day()), vec(code(), 0..3), vec(local_text(), 0..3));
    (any::<[u8; 32]>(), hash(), code(), given, of(local_text()), any::<bool>()).prop_map(
        |(salt, request, act, (records, fields, until, duties, conditions), reason, tells)| Consent {
            salt,
            request,
            act,
            records,
            fields,
            until,
            duties,
            conditions,
            reason,
            tells,
        },
    )
}

fn keeping() -> impl Strategy<Value = Keeping> {
    (day(), code(), of(local_text())).prop_map(|(decided_on, reason, text)| Keeping {
        decided_on,
        reason,
        text,
    })
}

fn encoded(content: &Content) -> (EntryType, Vec<u8>) {
    match content {
        Content::Genesis(it) => (EntryType::Genesis, contents::encode(it)),
        Content::Organisation(it) => (EntryType::Organisation, contents::encode(it)),
        Content::Key(it) => (EntryType::Key, contents::encode(it)),
        Content::Person(it) => (EntryType::Person, contents::encode(it)),
        Content::TravelDocument(it) => (EntryType::TravelDocument, contents::encode(it)),
        Content::Object(it) => (EntryType::Object, contents::encode(it)),
        Content::Link(it) => (EntryType::Link, contents::encode(it)),
        Content::Withdrawal(it) => (EntryType::Withdrawal, contents::encode(it)),
        Content::Batch(it) => (EntryType::Batch, contents::encode(it)),
        Content::ItemWithdrawal(it) => (EntryType::ItemWithdrawal, contents::encode(it)),
        Content::Agreement(it) => (EntryType::Agreement, contents::encode(it)),
        Content::AgreementAct(it) => (EntryType::AgreementAct, contents::encode(it)),
        Content::Order(it) => (EntryType::Order, contents::encode(it)),
        Content::OrderAttestation(it) => (EntryType::OrderAttestation, contents::encode(it)),
        Content::Restriction(it) => (EntryType::Restriction, contents::encode(it)),
        Content::SubjectRequest(it) => (EntryType::SubjectRequest, contents::encode(it)),
        Content::SubjectRequestStep(it) => (EntryType::SubjectRequestStep, contents::encode(it)),
        Content::ErasureAttestation(it) => (EntryType::ErasureAttestation, contents::encode(it)),
        Content::ConsentRequest(it) => (EntryType::ConsentRequest, contents::encode(it)),
        Content::Consent(it) => (EntryType::Consent, contents::encode(it)),
        Content::Unknown => panic!("never generated"),
    }
}

/// Knows every key that is asked for, as XA's: the widest way into the readers behind the signature.
struct AnyKey;

impl KeyLookup for AnyKey {
    fn key(&self, _: &KeyId) -> Option<RegisteredKey> {
        let key = signer("XA").public_key();
        Some(RegisteredKey {
            organisation: org("XA"),
            key,
            not_before: i64::MIN,
            not_after: None,
            usage: KeyUsage::Entries,
        })
    }
}

fn every_type() -> Vec<EntryType> {
    samples().into_iter().map(|sample| sample.claims.entry_type).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_content_reads_back_from_its_one_writing(content in content()) {
        let (entry_type, payload) = encoded(&content);
        prop_assert_eq!(canonical::check(&payload), Ok(()));
        let claims = claims(entry_type, "XA", content.subject().unwrap(), FOUNDED);
        let bytes = seal(&claims, payload.clone(), &[&signer("XA")]).unwrap();
        let verified = Unverified::parse(&bytes).unwrap().verify(&AnyKey).unwrap();
        prop_assert_eq!(verified.claims(), &claims);
        let read = Content::read(&verified).unwrap();
        prop_assert_eq!(&read, &content);
        let rule = format!("{}-payload", claims.entry_type.to_string().trim_end_matches(".v1"));
        prop_assert!(DESCRIPTION.with(|description| description.allows_bytes(&rule, &payload)));
        prop_assert_eq!(encoded(&read).1, payload);
    }

    #[test]
    fn every_item_reads_back_and_names_its_record(salt in any::<[u8; 16]>(), document in travel_document()) {
        let item = BatchItem { salt, document };
        let bytes = contents::encode(&item);
        prop_assert_eq!(canonical::check(&bytes), Ok(()));
        prop_assert!(DESCRIPTION.with(|description| description.allows_bytes("batch-item", &bytes)));
        prop_assert_eq!(read_item(&bytes), Some(item));
        prop_assert_eq!(item_record(&[9; 32], &item_hash(&bytes)).to_string().as_bytes()[14], b'4');
    }

    #[test]
    fn every_journal_line_reads_back(
        salt in any::<[u8; 32]>(), act in any::<[u8; 16]>(), phase in code::<Phase>(), at in any::<i64>(),
        operation in code::<Operation>(), purpose in code::<Purpose>(), reference in words(),
        policy_version in any::<u32>(), asked in of(words()), records in vec(record(), 0..4),
        entries in vec(hash(), 0..4), refusal in of(Just("not-entitled".to_owned())),
        grants in vec(grant_name(), 0..3), hits in vec(record(), 0..3),
    ) {
        let line = JournalLine {
            salt, act: ActId::from_random(act), phase, at: Timestamp(at),
            actor: Actor::new(org("XA"), "duty-officer").unwrap(),
            operation, purpose, reference, policy_version, asked,
            record: records.first().copied(), records, entries, refusal, grants, hits,
            consents: Vec::new(),
        };
        let bytes = line.to_bytes();
        prop_assert_eq!(canonical::check(&bytes), Ok(()));
        prop_assert!(DESCRIPTION.with(|description| description.allows_bytes("journal-line", &bytes)));
        prop_assert_eq!(JournalLine::from_bytes(&bytes), Some(line));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..400)) {
        read_everything(&bytes);
        for tag in [0xd2, 0xd8] {
            read_everything(&[&[tag, 0x62, 0x84], &bytes[..]].concat());
        }
    }

    /// Well-formed CBOR of the wrong shape gets further than noise does.
    #[test]
    fn no_payload_makes_a_reader_panic(payload in cbor_map()) {
        for entry_type in every_type() {
            let claims = claims(entry_type, "XA", "record:x", 0);
            let Ok(bytes) = seal(&claims, payload.clone(), &[&signer("XA")]) else { continue };
            let _ = Content::read(&Unverified::parse(&bytes).unwrap().verify(&AnyKey).unwrap());
            let _ = Registry::found(&bytes, None);
        }
        let _ = read_item(&payload);
    }

    #[test]
    fn no_damage_to_a_payload_makes_a_reader_panic(
        which in 0..15usize, at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let sample = &samples()[which];
        let mut payload = sample.payload.clone();
        let at = at.index(payload.len());
        payload[at] = byte;
        let Ok(bytes) = seal(&sample.claims, payload.clone(), &[&signer("XA")]) else { return Ok(()) };
        let _ = Registry::found(&bytes, None);
        let _ = read_item(&payload);
        let claims = barid_domain::entries::Claims { issuer: org("XA"), ..sample.claims.clone() };
        let bytes = seal(&claims, payload, &[&signer("XA")]).unwrap();
        let _ = Content::read(&Unverified::parse(&bytes).unwrap().verify(&AnyKey).unwrap());
    }
}

fn read_everything(bytes: &[u8]) {
    let _ = Unverified::parse(bytes).map(|entry| entry.verify(&AnyKey).map(|entry| Content::read(&entry)));
    let _ = Registry::found(bytes, None);
    let _ = read_item(bytes);
    let _ = PublicKey::from_cose_key(bytes);
    let _ = JournalLine::from_bytes(bytes);
    let _ = canonical::check(bytes);
}

/// A deterministic map with the keys that payloads use and values of any kind.
fn cbor_map() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        (0u8..=0x17).prop_map(|n| vec![n]),
        Just(vec![0x20]),
        Just(vec![0xf6]),
        Just(vec![0xf5]),
        any::<[u8; 32]>().prop_map(|bytes| [&[0x58, 0x20], &bytes[..]].concat()),
        any::<[u8; 16]>().prop_map(|bytes| [&[0x50], &bytes[..]].concat()),
        Just([&[0x62], &b"XA"[..]].concat()),
        Just([&[0x63], &b"XAX"[..]].concat()),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4)
                .prop_map(|items| [&[0x80 | items.len() as u8], &items.concat()[..]].concat()),
            map_of(inner),
        ]
    })
}

fn map_of(values: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    vec(values, 0..8).prop_map(|values| {
        let pairs: Vec<u8> =
            values.iter().enumerate().flat_map(|(key, v)| [&[key as u8], &v[..]].concat()).collect();
        [&[0xa0 | values.len() as u8], &pairs[..]].concat()
    })
}

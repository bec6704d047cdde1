//! Test vectors of the wire format, for implementations by others: one entry of every type, and ledger proofs.
//!
//! Keys and salts are fixed, so the same program writes the same vectors.

use std::path::Path;
use std::process::ExitCode;

use barid_app::proofs::{hex, unhex};
use barid_domain::agreements::{Agreement, AgreementAct, AgreementStep, FieldGroup};
use barid_domain::batches::{Batch, BatchItem, BatchItems, ItemWithdrawal, item_hash, item_record};
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::consents::{Consent, ConsentAct, ConsentRequest};
use barid_domain::contents::{Content, EntryType, RecordVersion, encode};
use barid_domain::dates::Day;
use barid_domain::entries::{Claims, Unverified, entry_hash, seal};
use barid_domain::epochs::{EpochLog, countersigner_name};
use barid_domain::erasures::{ErasureAttestation, root_of};
use barid_domain::ids::{AgreementId, EntryHash, NodeId, OrganisationCode, RecordId, RequestId};
use barid_domain::keys::{Ed25519Signer, P256Signer, Signer};
use barid_domain::links::{Link, LinkKind, LinkedRecord};
use barid_domain::orders::{Order, OrderAct, OrderAttestation};
use barid_domain::receipts::{Inclusion, ReceiptClaims, sign_receipt};
use barid_domain::registry::{
    Founder, Genesis, KeyAct, KeyStatement, KeyUsage, OrganisationStatement, Profile, Standing,
};
use barid_domain::restrictions::{AudienceMode, Restriction, RestrictionScope};
use barid_domain::streams::{StreamClass, StreamId};
use barid_domain::subject_requests::{
    Applicant, Concerned, IdentityCheck, RequestKind, RequestStatement, RequestStep, StepStatement,
    SubjectRequest,
};
use barid_domain::terms::Provenance;
use barid_domain::text::{LocalText, SHORT_CAP};
use barid_domain::withdrawals::Withdrawal;
use barid_formats::ftm::{FtmEntity, FtmLimits, FtmReader, entities_of, to_lines};
use barid_formats::list_items::{ListItem, Stated};
use barid_ledger::{
    AddCheckpointRequest, Checkpoint, Ed25519NoteSigner, Hash, KeyName, MerkleTree, NoteSigner as _,
    SignatureType, SignedCheckpoint, countersign, leaf_hash,
};

use super::{CommandError, Outcome, write_file};
use crate::exercise;

/// When every vector says it was signed: 2026-01-01T00:00:00Z.
const ISSUED_AT: i64 = 1_767_225_600;
/// The largest tree of the ledger's vectors.
const LARGEST_TREE: u64 = 13;

pub fn write(directory: &Path) -> Outcome {
    let entries = directory.join("entries");
    std::fs::create_dir_all(&entries)
        .map_err(|cause| CommandError::File { what: format!("can not make {}", entries.display()), cause })?;
    let vectors =
        entry_vectors().ok_or_else(|| CommandError::Failed("the vectors are malformed".to_owned()))?;
    for vector in &vectors {
        let name = vector["name"].as_str().unwrap_or_default().to_owned();
        write_file(&entries.join(format!("{name}.json")), pretty(vector).as_bytes())?;
    }
    let receipts = receipt_vectors(&vectors)
        .ok_or_else(|| CommandError::Failed("the receipts are malformed".to_owned()))?;
    write_file(&directory.join("receipts.json"), pretty(&receipts).as_bytes())?;
    write_file(&directory.join("ledger.json"), pretty(&ledger_vectors()).as_bytes())?;
    let entities = entities().ok_or_else(|| CommandError::Failed("the entities are malformed".to_owned()))?;
    write_file(&directory.join("entities.ftm.json"), to_lines(&entities).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// What an export writes of the exercise records, and of a sample with every schema that is written.
fn entities() -> Option<Vec<FtmEntity>> {
    let today = Day::new(2026, 1, 1).ok()?;
    let persons =
        exercise::persons(today).into_iter().map(|(_, person)| Stated::Person(Box::new(person.statement)));
    let objects =
        exercise::objects(today).into_iter().map(|(_, object)| Stated::Object(Box::new(object.statement)));
    let sample = FtmReader::new(SAMPLE_ENTITIES.as_bytes(), today, FtmLimits::default());
    let sample = sample.filter_map(|item| match item {
        Ok(ListItem::Stated { stated, .. }) => Some(stated),
        Ok(ListItem::Refused { .. } | ListItem::NotImported { .. }) | Err(_) => None,
    });
    let provenance = Provenance { source: "EXERCISE".to_owned(), reference: "X-1".to_owned(), edition: None };
    let mut entities = Vec::new();
    for (index, stated) in persons.chain(objects).chain(sample).enumerate() {
        // The format has no schema for some of the databases.
        entities.extend(
            entities_of(&format!("exercise-{index}"), Some(&provenance), &stated).unwrap_or_default(),
        );
    }
    Some(entities)
}

const SAMPLE_ENTITIES: &str = r#"{"id":"p","schema":"Person","properties":{"name":["Валерий Калачев","कालाचेव","কালাচেভ","卡拉切夫","كالاتشيف"],"alias":["Valery \"Lerik\" K."],"weakAlias":["Лерик"],"previousName":["Петров"],"birthDate":["1971-03-02","1970","1971-04"],"birthPlace":["Душанбе"],"birthCountry":["tj"],"nationality":["ru","xk"],"gender":["other"],"position":["директор"],"appearance":["шрам, 2 см"],"height":["1.80"],"notes":["Учебная запись; её нет."],"addressEntity":["a"],"topics":["wanted"],"wikidataId":["Q42"]}}
{"id":"d","schema":"Passport","properties":{"holder":["p"],"number":["C 1234567"],"country":["tj"],"startDate":["2019-03-02"],"endDate":["2029-03-01"],"authority":["ОВД-1, Душанбе"]}}
{"id":"i","schema":"Identification","properties":{"holder":["p"],"number":["ক ১২৩"],"type":["Tazkira"],"startDate":["2019"],"summary":["копия"]}}
{"id":"s","schema":"Sanction","properties":{"entity":["p"],"listingDate":["2020-02-02"],"modifiedAt":["2021-02-02"]}}
{"id":"a","schema":"Address","properties":{"street":["ул. Айни, 1"],"city":["Хуҷанд"],"region":["Суғд"],"postalCode":["735700"],"country":["tj"],"remarks":["2-й этаж"]}}
{"id":"v","schema":"Vehicle","properties":{"registrationNumber":["А 123 ВС 77","١٢٣٤ د ر س"],"country":["ru"],"model":["Нива 1.7"],"type":["car"],"buildDate":["2001"]}}
{"id":"b","schema":"Vessel","properties":{"name":["Ковчег"],"alias":["ARK"],"imoNumber":["IMO9187655"],"mmsi":["256842000"],"callSign":["9HDQ9"],"registrationNumber":["A-1/2"],"flag":["pa"],"type":["tanker"],"buildDate":["1999"],"model":["Aframax"]}}
{"id":"o","schema":"Company","properties":{"name":["ООО «Учебная проба»","কোম্পানি প্রবা"],"alias":["Uchebnaya Proba LLC"],"previousName":["АО «Проба»"],"abbreviation":["УП"],"weakAlias":["Проба"],"jurisdiction":["ru","xk"],"incorporationDate":["1998-05","1999"],"dissolutionDate":["2020-02-02"],"registrationNumber":["А-1/2"],"innCode":["7707083893"],"licenseNumber":["Л-12"],"leiCode":["529900t8bm49aursdo55"],"swiftBic":["DEUT DE FF XXX"],"imoNumber":["IMO1234567"],"phone":["00992 372 21 00 00"],"email":["office@Example.ORG"],"website":["example.org","https://example.org/a"],"sector":["торговля"],"topics":["sanction"],"notes":["Учебная запись; её нет."],"addressEntity":["a"]}}
{"id":"os","schema":"Sanction","properties":{"entity":["o"],"listingDate":["2020-02-02"],"modifiedAt":["2021-02-02"]}}
{"id":"pb","schema":"PublicBody","properties":{"name":["Учебный комитет"]}}
{"id":"or","schema":"Organization","properties":{"name":["مؤسسة التدريب"]}}
{"id":"n","schema":"Vessel","properties":{"name":["—"],"imoNumber":["IMO9074729"]}}
{"id":"c","schema":"Airplane","properties":{"registrationNumber":["EP-MNV"],"serialNumber":["567"],"manufacturer":["Airbus"],"model":["A310-304"],"icaoCode":["4B1A2C"],"type":["aeroplane"],"buildDate":["1991"]}}
{"id":"k","schema":"BankAccount","properties":{"iban":["DE89370400440532013000"],"bankName":["Банк Проба"],"currency":["EUR"]}}
{"id":"l","schema":"BankAccount","properties":{"accountNumber":["40817-810"]}}
{"id":"w","schema":"CryptoWallet","properties":{"publicKey":["149w62rY42aZBox8fGcmqNsXUzSStKeq8C"],"blockchain":["Bitcoin"]}}
"#;

fn entry_vectors() -> Option<Vec<serde_json::Value>> {
    let bureau = OrganisationCode::new("XA").ok()?;
    let signers: Vec<Ed25519Signer> = (1..=3).map(|i| Ed25519Signer::from_secret(&[i; 32])).collect();
    let one = &signers[..1];
    let two = &signers[..2];
    let plan = exercise::founding_plan()?;
    let genesis = genesis(&signers)?;
    let profile = plan.members.first()?.clone();
    let organisation = OrganisationStatement {
        salt: [2; 32],
        code: profile.code,
        profile: profile.clone(),
        standing: Standing::Active,
        must_sign_with: Vec::new(),
        limits: Vec::new(),
    };
    let key = KeyStatement {
        salt: [3; 32],
        organisation: profile.code,
        key: signers[2].public_key(),
        act: KeyAct::Add,
        from: ISSUED_AT,
        usage: KeyUsage::Entries,
        up_to: None,
    };
    let mut vectors = vec![
        vector("genesis", bureau, &signers, Content::Genesis(genesis.clone()), encode(&genesis))?,
        vector(
            "organisation",
            bureau,
            two,
            Content::Organisation(organisation.clone()),
            encode(&organisation),
        )?,
        vector("key", bureau, two, Content::Key(key.clone()), encode(&key))?,
    ];
    vectors.extend(record_vectors(bureau, one)?);
    vectors.extend(agreement_vectors(bureau, one)?);
    vectors.extend(order_vectors(bureau, one)?);
    vectors.push(restriction_vector(bureau, one)?);
    vectors.extend(consent_vectors(bureau, one)?);
    vectors.extend(request_vectors(bureau, one)?);
    vectors.extend(second_algorithm_vectors(bureau, &signers[0])?);
    Some(vectors)
}

/// The receipt of every entry, in a ledger that has all of them.
fn receipt_vectors(entries: &[serde_json::Value]) -> Option<serde_json::Value> {
    let signer = Ed25519Signer::from_secret(&[9; 32]);
    let leaves = entries.iter().map(|vector| {
        let entry = Unverified::parse(&unhex(vector["entry_hex"].as_str()?)?).ok()?;
        Some((entry.hash(), entry.claims().subject.clone()))
    });
    let leaves = leaves.collect::<Option<Vec<_>>>()?;
    let tree = MerkleTree::from_leaves(leaves.iter().map(|(hash, _)| leaf_hash(&hash.0))).ok()?;
    let size = leaves.len() as u64;
    let organisation = OrganisationCode::new("XA").ok()?;
    let node = NodeId::from_random([9; 16]);
    let stream = StreamId { organisation, class: StreamClass::Persons, node, incarnation: 1 };
    let receipts = (0..size).zip(&leaves).map(|(index, (hash, subject))| {
        let inclusion =
            Inclusion { tree_size: size, leaf_index: index, path: tree.inclusion_proof(index, size).ok()? };
        let claims = ReceiptClaims { stream, subject: subject.clone(), issued_at: ISSUED_AT };
        let receipt = sign_receipt(&claims, *hash, &inclusion, &signer).ok()?;
        Some(serde_json::json!({
            "receipt_hex": hex(&receipt), "leaf_hex": hash.to_string(), "subject": subject,
            "leaf_index": index, "tree_size": size, "root_hex": tree.root_at(size).ok()?.to_string(),
            "stream": stream.to_string(), "issued_at": ISSUED_AT,
            "entry_hex": entries[usize::try_from(index).ok()?]["entry_hex"],
        }))
    });
    let receipts = receipts.collect::<Option<Vec<_>>>()?;
    let key = signer.public_key().to_bytes();
    Some(serde_json::json!({ "public_key_hex": hex(&key), "receipts": receipts }))
}

fn genesis(signers: &[Ed25519Signer]) -> Option<Genesis> {
    let plan = exercise::founding_plan()?;
    let founders = plan
        .founders
        .iter()
        .zip(signers)
        .map(|(profile, signer): (&Profile, _)| Founder {
            profile: profile.clone(),
            key: signer.public_key(),
        })
        .collect();
    Some(Genesis { salt: [1; 32], names: plan.names, threshold: plan.threshold, founders })
}

fn agreement_vectors(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<Vec<serde_json::Value>> {
    let offered = exercise::agreement(Day::new(2026, 1, 1).ok()?)?;
    let text = Agreement {
        salt: [14; 32],
        agreement: AgreementId::from_random([14; 16]),
        version: 1,
        amends: None,
        titles: offered.titles,
        parties: offered.parties,
        from: offered.from,
        until: offered.until,
        clauses: offered.clauses,
        grants: offered.grants,
    };
    let act = AgreementAct {
        salt: [15; 32],
        agreement: text.agreement,
        text: entry_hash(b"the text"),
        step: AgreementStep::OptOut,
        grant: Some(1),
        reasons: Vec::new(),
    };
    let (text_payload, act_payload) = (encode(&text), encode(&act));
    Some(vec![
        vector("agreement", bureau, signers, Content::Agreement(text), text_payload)?,
        vector("agreement-act", bureau, signers, Content::AgreementAct(act), act_payload)?,
    ])
}

/// An order, and a node's word that it obeyed.
fn order_vectors(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<Vec<serde_json::Value>> {
    let order = Order {
        salt: [16; 32],
        record: RecordId::from_random([7; 16]),
        database: Database::Persons,
        act: OrderAct::Correct,
        version: Some(entry_hash(b"the version that is wrong")),
        answers: None,
        texts: vec![LocalText::new("ar", "تاريخ الميلاد خاطئ", SHORT_CAP).ok()?],
        owner: bureau,
        described: None,
        mark: None,
        consent: None,
    };
    let attestation = OrderAttestation {
        salt: [17; 32],
        order: entry_hash(b"the order"),
        node: NodeId::from_random([9; 16]),
        obeyed_at: ISSUED_AT,
    };
    let erasures = [entry_hash(b"the first erasure"), entry_hash(b"the second erasure")];
    let node = NodeId::from_random([9; 16]);
    let erased = ErasureAttestation {
        salt: [18; 32],
        stream: StreamId { organisation: bureau, class: StreamClass::Persons, node, incarnation: 1 },
        from: 7,
        to: 9,
        last: erasures[1],
        count: 2,
        root: root_of(&erasures)?,
        node,
        attested_at: ISSUED_AT,
    };
    let (order_payload, attested) = (encode(&order), encode(&attestation));
    let erased_payload = encode(&erased);
    Some(vec![
        vector("order", bureau, signers, Content::Order(order), order_payload)?,
        vector("order-attestation", bureau, signers, Content::OrderAttestation(attestation), attested)?,
        vector("erasure-attestation", bureau, signers, Content::ErasureAttestation(erased), erased_payload)?,
    ])
}

/// An owner keeps a record from an organisation.
fn restriction_vector(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<serde_json::Value> {
    let restriction = Restriction {
        salt: [20; 32],
        database: Database::Persons,
        scope: RestrictionScope::Records,
        records: vec![RecordId::from_random([7; 16])],
        mode: AudienceMode::AllBut,
        organisations: vec![OrganisationCode::new("XB").ok()?],
        number: 1,
    };
    let payload = encode(&restriction);
    vector("restriction", bureau, signers, Content::Restriction(restriction), payload)
}

/// A hit is asked about, and its owner consents.
fn consent_vectors(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<Vec<serde_json::Value>> {
    let record = RecordId::from_random([7; 16]);
    let until = Some(Day::new(2026, 3, 1).ok()?);
    let request = ConsentRequest {
        salt: [21; 32],
        owner: bureau,
        database: Database::Persons,
        records: vec![record],
        purpose: Purpose::DrugTrafficking,
        reference: "CASE 7".into(),
        reason: LocalText { language: "hi".into(), text: "वही नाम".into() },
        until: until?,
        access: EntryHash([9; 32]),
    };
    let consent = Consent {
        salt: [22; 32],
        request: EntryHash([8; 32]),
        act: ConsentAct::Give,
        records: vec![record],
        fields: vec![FieldGroup::Documents],
        until,
        duties: Vec::new(),
        conditions: Vec::new(),
        reason: None,
        tells: false,
    };
    let (asked, given) = (encode(&request), encode(&consent));
    Some(vec![
        vector("consent-request", bureau, signers, Content::ConsentRequest(request), asked)?,
        vector("consent", bureau, signers, Content::Consent(consent), given)?,
    ])
}

/// A person asks the commission, which searches.
fn request_vectors(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<Vec<serde_json::Value>> {
    let request = RequestId([23; 16]);
    let asked = RequestStatement {
        salt: [23; 32],
        request: SubjectRequest {
            request,
            kind: RequestKind::Access,
            received_on: Day::new(2026, 1, 1).ok()?,
            applicant: Applicant {
                names: vec!["اکبر تمرینی".into(), "练习".into()],
                birth: None,
                nationalities: Vec::new(),
            },
            identity: Some(IdentityCheck::InPerson),
            language: "fa".into(),
            reference: "R/26/1".into(),
        },
    };
    let found =
        Concerned { record: RecordId::from_random([7; 16]), database: Database::Persons, owner: bureau };
    let searched = RequestStep::Searched(vec![found]);
    let step = StepStatement::step([24; 32], request, EntryHash([8; 32]), searched);
    let (taken_in, stepped) = (encode(&asked), encode(&step));
    Some(vec![
        vector("subject-request", bureau, signers, Content::SubjectRequest(asked), taken_in)?,
        vector("subject-request-step", bureau, signers, Content::SubjectRequestStep(step), stepped)?,
    ])
}

/// The same person signed with the second algorithm, and with both.
fn second_algorithm_vectors(
    bureau: OrganisationCode,
    ed25519: &Ed25519Signer,
) -> Option<Vec<serde_json::Value>> {
    let (_, person) = exercise::persons(Day::new(2026, 1, 1).ok()?).into_iter().next()?;
    let person = RecordVersion {
        salt: [18; 32],
        record: RecordId::from_random([18; 16]),
        version: 1,
        supersedes: None,
        terms: person.terms,
        statement: person.statement,
        images: Vec::new(),
    };
    let p256 = P256Signer::from_secret(&[4; 32]).ok()?;
    let (payload, content) = (encode(&person), Content::Person(person));
    let signed = |name, signers: &[&dyn Signer]| {
        signed_vector(name, EntryType::Person, bureau, signers, &content, payload.clone())
    };
    Some(vec![signed("person-p256", &[&p256])?, signed("person-signed-with-both", &[ed25519, &p256])?])
}

fn record_vectors(bureau: OrganisationCode, signers: &[Ed25519Signer]) -> Option<Vec<serde_json::Value>> {
    let today = Day::new(2026, 1, 1).ok()?;
    let record = RecordId::from_random([7; 16]);
    let (_, person) = exercise::persons(today).into_iter().next()?;
    let (_, document) = exercise::documents(today).into_iter().next()?;
    let person = RecordVersion {
        salt: [4; 32],
        record,
        version: 1,
        supersedes: None,
        terms: person.terms,
        statement: person.statement,
        images: Vec::new(),
    };
    let item = BatchItem { salt: [6; 16], document: document.statement.clone() };
    let document = RecordVersion {
        salt: [5; 32],
        record: RecordId::from_random([8; 16]),
        version: 1,
        supersedes: None,
        terms: document.terms,
        statement: document.statement,
        images: Vec::new(),
    };
    let (_, object) = exercise::objects(today).into_iter().next()?;
    let object = RecordVersion {
        salt: [12; 32],
        record: RecordId::from_random([12; 16]),
        version: 1,
        supersedes: None,
        terms: object.terms,
        statement: object.statement,
        images: Vec::new(),
    };
    let end = |record, database, stood: &[u8]| LinkedRecord { record, database, entry: entry_hash(stood) };
    let link = RecordVersion {
        salt: [13; 32],
        record: RecordId::from_random([13; 16]),
        version: 1,
        supersedes: None,
        terms: exercise::terms(today),
        statement: Link {
            kind: LinkKind::OwnerOf,
            from: end(record, Database::Persons, b"the person"),
            to: end(object.record, object.statement.database, b"the object"),
            since: None,
            until: None,
            remarks: Vec::new(),
        },
        images: Vec::new(),
    };
    let withdrawal = Withdrawal {
        salt: [9; 32],
        record,
        database: Database::Persons,
        supersedes: entry_hash(b"the version that stood"),
        reason: WithdrawalReason::PurposeMet,
    };
    let items = BatchItems::lay_out(std::slice::from_ref(&item)).ok()?;
    let batch = Batch {
        salt: [10; 32],
        database: Database::TravelDocuments,
        count: items.count(),
        root: items.root(),
        terms: exercise::terms(today),
    };
    let hash = item_hash(items.items().first()?);
    let item_withdrawal = ItemWithdrawal {
        salt: [11; 32],
        batch: entry_hash(b"the batch"),
        index: 0,
        item: hash,
        record: item_record(&items.root(), &hash),
        reason: WithdrawalReason::Recovered,
    };
    Some(vec![
        vector("person", bureau, signers, Content::Person(person.clone()), encode(&person))?,
        vector(
            "travel-document",
            bureau,
            signers,
            Content::TravelDocument(document.clone()),
            encode(&document),
        )?,
        vector("object", bureau, signers, Content::Object(object.clone()), encode(&object))?,
        vector("link", bureau, signers, Content::Link(link.clone()), encode(&link))?,
        vector("withdrawal", bureau, signers, Content::Withdrawal(withdrawal.clone()), encode(&withdrawal))?,
        vector("batch", bureau, signers, Content::Batch(batch.clone()), encode(&batch))?,
        vector(
            "item-withdrawal",
            bureau,
            signers,
            Content::ItemWithdrawal(item_withdrawal.clone()),
            encode(&item_withdrawal),
        )?,
    ])
}

fn vector(
    name: &str,
    issuer: OrganisationCode,
    signers: &[Ed25519Signer],
    content: Content,
    payload: Vec<u8>,
) -> Option<serde_json::Value> {
    let entry_type = EntryType::from_content_type(&format!("application/vnd.barid.{name}.v1+cbor"))?;
    let with: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    signed_vector(name, entry_type, issuer, &with, &content, payload)
}

fn signed_vector(
    name: &str,
    entry_type: EntryType,
    issuer: OrganisationCode,
    signers: &[&dyn Signer],
    content: &Content,
    payload: Vec<u8>,
) -> Option<serde_json::Value> {
    let claims =
        Claims { entry_type: entry_type.clone(), issuer, subject: content.subject()?, issued_at: ISSUED_AT };
    let entry = seal(&claims, payload.clone(), signers).ok()?;
    let keys: Vec<String> = signers.iter().map(|signer| hex(&signer.public_key().to_bytes())).collect();
    let mut vector = serde_json::json!({
        "name": name,
        "content_type": entry_type.content_type(),
        "entry_hex": hex(&entry),
        "payload_hex": hex(&payload),
    });
    match keys.as_slice() {
        [key] => vector["public_key_hex"] = serde_json::json!(key),
        several => vector["public_keys_hex"] = serde_json::json!(several),
    }
    Some(vector)
}

fn ledger_vectors() -> serde_json::Value {
    let leaves: Vec<Vec<u8>> =
        (0..LARGEST_TREE).map(|i| entry_hash(format!("leaf {i}").as_bytes()).0.to_vec()).collect();
    let mut tree = MerkleTree::new();
    for leaf in &leaves {
        // Thirteen leaves are far from the largest tree.
        let _ = tree.push(leaf_hash(leaf));
    }
    let root = |size: u64| tree.root_at(size).map(|root| root.to_string()).unwrap_or_default();
    let path = |hashes: Vec<Hash>| hashes.iter().map(Hash::to_string).collect::<Vec<_>>();
    let sizes = 1..=LARGEST_TREE;
    let roots: Vec<_> =
        sizes.clone().map(|size| serde_json::json!({ "tree_size": size, "root_hex": root(size) })).collect();
    let inclusion: Vec<_> = sizes
        .clone()
        .flat_map(|size| (0..size).map(move |index| (index, size)))
        .map(|(index, size)| {
            serde_json::json!({
                "index": index, "tree_size": size, "root_hex": root(size),
                "path_hex": path(tree.inclusion_proof(index, size).unwrap_or_default()),
            })
        })
        .collect();
    let consistency: Vec<_> = sizes
        .flat_map(|second| (1..=second).map(move |first| (first, second)))
        .map(|(first, second)| {
            serde_json::json!({
                "first_size": first, "second_size": second,
                "first_root_hex": root(first), "second_root_hex": root(second),
                "path_hex": path(tree.consistency_proof(first, second).unwrap_or_default()),
            })
        })
        .collect();
    serde_json::json!({
        "leaves_hex": leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>(),
        "roots": roots, "inclusion": inclusion, "consistency": consistency,
        "countersigning": countersigning_vectors(&tree),
    })
}

/// Requests to countersign a ledger, each with the size before and the answer: the whole way in the bytes of C2SP.
fn countersigning_vectors(tree: &MerkleTree) -> serde_json::Value {
    let steps = [(0, 1), (1, 4), (4, 7), (7, LARGEST_TREE)];
    let vectors = steps.into_iter().filter_map(|(old, size)| countersigning_vector(tree, old, size));
    vectors.collect::<Vec<_>>().into()
}

fn countersigning_vector(tree: &MerkleTree, old: u64, size: u64) -> Option<serde_json::Value> {
    let node = NodeId([7; 16]);
    let log = EpochLog { organisation: OrganisationCode::new("XA").ok()?, node, incarnation: 1 };
    let key = |seed: u8| ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    let name = KeyName::new(log.to_string()).ok()?;
    let ledger = Ed25519NoteSigner::new(name, SignatureType::Ed25519, key(31));
    let name = countersigner_name(OrganisationCode::new("XB").ok()?)?;
    let countersigner = Ed25519NoteSigner::new(name, SignatureType::TimestampedEd25519, key(32));
    let checkpoint = Checkpoint::new(log.origin()?, size, tree.root_at(size).ok()?).ok()?;
    let signed = SignedCheckpoint::sign(checkpoint.clone(), &ledger).ok()?;
    let proof = if old == 0 { Vec::new() } else { tree.consistency_proof(old, size).ok()? };
    let request = AddCheckpointRequest::new(old, proof, signed).ok()?;
    let at = u64::try_from(ISSUED_AT).ok()? + size;
    let answer = countersign(&checkpoint, &countersigner, at).ok()?;
    Some(serde_json::json!({
        "ledger_key": ledger.verifier_key().to_string(),
        "countersigner_key": countersigner.verifier_key().to_string(),
        "old_size": old, "tree_size": size, "root_hex": checkpoint.root().to_string(),
        "old_root_hex": tree.root_at(old).ok()?.to_string(), "time": at,
        "request": request.to_string(), "answer": format!("{answer}\n"),
    }))
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

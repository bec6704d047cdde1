//! A real scope for measuring: that of a bureau of an exercise association.

use barid_domain::agreements::AgreementsInForce;
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::contents::EntryType;
use barid_domain::countries::CountryCode;
use barid_domain::entries::{Claims, seal};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::officers::OfficerRights;
use barid_domain::policy::{Circumstances, SearchScope, VisibilityClass, scope};
use barid_domain::registry::{Founder, Genesis, Profile, Registry};
use barid_domain::text::LocalText;

/// A scope of a database, and the class of records that it permits.
pub fn exercise_scope(database: Database) -> (SearchScope, VisibilityClass) {
    let organisation = OrganisationCode::new("XA").expect("a sound code");
    let signer = Ed25519Signer::from_secret(&[9; 32]);
    let names = vec![LocalText { language: "en".into(), text: "Exercise bureau".into() }];
    let profile = Profile {
        code: organisation,
        kind: OrganisationKind::Bureau,
        country: CountryCode::new("XA").ok(),
        names: names.clone(),
        hosted_by: None,
    };
    let founders = vec![Founder { profile, key: signer.public_key() }];
    let genesis = Genesis { salt: [1; 32], names, threshold: 1, founders };
    let claims = Claims {
        entry_type: EntryType::Genesis,
        issuer: organisation,
        subject: "association".into(),
        issued_at: 1_700_000_000,
    };
    let payload = minicbor::to_vec(&genesis).expect("plain data encodes");
    let bytes = seal(&claims, payload, &[&signer]).expect("a sound genesis");
    let (registry, _) = Registry::found(&bytes, None).expect("a sound genesis");
    let actor = Actor { organisation, officer: "measuring".into() };
    let standing = Circumstances {
        registry: &registry,
        agreements: &AgreementsInForce::default(),
        audiences: &barid_domain::restrictions::DatabaseAudiences::default(),
        officer: &OfficerRights::all(),
    };
    let scope = scope(standing, &actor, &[database], Purpose::Exercise).expect("an active bureau");
    let class = VisibilityClass {
        database,
        owner: organisation,
        purpose: Purpose::Exercise,
        handling: Handling::LISTED[0].0,
        classification: Classification::OfficialUse,
        exercise: true,
        audience: barid_domain::restrictions::Audience::EVERYBODY,
    };
    (scope, class)
}

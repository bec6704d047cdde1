//! Founding an association, starting again, and what is refused before.

use barid_app::{App, AppError, found};
use barid_domain::codes::Purpose;
use barid_domain::ids::EntryHash;
use barid_domain::registry::{Custody, Registry, Standing};
use barid_store::{MasterKeySource, Store, StoreOptions};
use barid_testkit::world::{World, code};

use crate::run;

/// The registry in words: every organisation and every key.
fn shown(registry: &Registry) -> String {
    let organisations: Vec<String> =
        registry.organisations().map(|(code, organisation)| format!("{code} {organisation:?}")).collect();
    let keys: Vec<String> = registry.keys().map(|(id, key)| format!("{id} {key:?}")).collect();
    format!("{}\n{}\n{:?}", organisations.join("\n"), keys.join("\n"), registry.quorum())
}

#[test]
fn a_founded_association_starts_again_with_the_same_registry() {
    run(async {
        let world = World::exercise().build().await;
        let (before, fingerprint) = (shown(&world.app.registry()), world.app.registry().fingerprint());
        assert_eq!(fingerprint, world.fingerprint);
        for member in ["XA", "XB", "XC", "XPART"] {
            let registry = world.app.registry();
            let organisation = registry.active(code(member)).unwrap();
            assert_eq!(organisation.custody, Custody::HostedBy(code("SEC")), "{member}");
        }
        assert_eq!(world.app.registry().active(code("SEC")).unwrap().custody, Custody::Own);

        let world = world.restart().await;
        assert_eq!(shown(&world.app.registry()), before);
        assert_eq!(world.app.registry().fingerprint(), fingerprint);
        assert!(world.app.ready());
    });
}

#[test]
fn another_seed_founds_another_association() {
    run(async {
        let one = World::exercise().seed(1).build().await;
        let other = World::exercise().seed(2).build().await;
        assert_ne!(one.fingerprint, other.fingerprint);
    });
}

#[test]
fn a_store_is_founded_once() {
    run(async {
        let world = World::exercise().build().await;
        let before = shown(&world.app.registry());
        let ports = barid_app::Ports {
            tokens: std::sync::Arc::new(barid_app::NoTokens),
            clock: std::sync::Arc::new(|| barid_domain::dates::Timestamp(1_795_420_800_000_000)),
            random: std::sync::Arc::new(|buffer| buffer.fill(7)),
        };
        let again = found(world.app.store(), &ports, &World::exercise().plan()).await;
        assert_eq!(again.map_err(|error| error.code()), Err::<EntryHash, _>("registry-contradiction"));
        let world = world.restart().await;
        assert_eq!(shown(&world.app.registry()), before, "the keys of the first founding still serve");
        let ctx = world.acting("SEC", barid_domain::codes::Purpose::Oversight);
        assert!(world.app.checkpoint(&ctx, world.registry_stream()).await.unwrap().is_some());
    });
}

#[test]
fn an_organisation_is_suspended_and_readmitted_by_founders_other_than_itself() {
    run(async {
        let mut world = World::exercise().build().await;
        let own_key = {
            let registry = world.app.registry();
            let key = registry.keys().find(|(_, key)| key.organisation == code("XC")).unwrap().1.key;
            barid_app::drafts::shown(&key)
        };
        for (standing, takes_part) in [(Standing::Suspended, false), (Standing::Active, true)] {
            let before = shown(&world.app.registry());
            let ctx = world.acting("SEC", Purpose::Oversight);
            let draft = world.app.draft_standing(&ctx, code("XC"), standing).await.unwrap();
            let written = serde_json::to_string(&draft).unwrap();
            assert!(written.contains("signers") && !written.contains(&own_key), "not by itself");
            assert_eq!(shown(&world.app.registry()), before, "a draft states nothing");
            world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
            world = world.restart().await;
            assert_eq!(world.app.registry().active(code("XC")).is_some(), takes_part);
            let asked = world.app.own_records(&world.acting("XC", Purpose::BorderControl), None, 10).await;
            assert_eq!(asked.is_ok(), takes_part);
            let again = world.app.draft_standing(&ctx, code("XC"), standing).await.unwrap_err();
            assert_eq!(again.code(), "registry-contradiction", "that is its standing already");
        }
        let profile = world.app.registry().active(code("XC")).cloned().unwrap();
        assert_eq!(profile.custody, Custody::HostedBy(code("SEC")), "all else is as it was");
        assert!(!profile.names.is_empty());
    });
}

#[test]
fn a_standing_that_leaves_nobody_to_decide_is_not_stated() {
    run(async {
        let world = World::exercise().build().await;
        let ctx = world.acting("SEC", Purpose::Oversight);
        for organisation in ["SEC", "XNONE"] {
            let refused = world.app.draft_standing(&ctx, code(organisation), Standing::Suspended).await;
            assert_eq!(refused.unwrap_err().code(), "registry-contradiction", "{organisation}");
        }
        let bureau = world.acting("XA", Purpose::Oversight);
        let refused = world.app.draft_standing(&bureau, code("XC"), Standing::Suspended).await;
        assert_eq!(refused.unwrap_err().code(), "not-entitled");

        // Two of three founders decide; of two none can be spared.
        let draft = world.app.draft_standing(&ctx, code("XC"), Standing::Suspended).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let before = shown(&world.app.registry());
        let draft = world.app.draft_standing(&ctx, code("XB"), Standing::Suspended).await.unwrap();
        let refused = world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap_err();
        assert_eq!(refused.code(), "registry-contradiction");
        let world = world.restart().await;
        assert_eq!(shown(&world.app.registry()), before);
    });
}

#[test]
fn nothing_starts_on_a_store_that_was_not_founded() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let clock: barid_store::Clock = std::sync::Arc::new(|| barid_domain::dates::Timestamp(0));
        let options = StoreOptions {
            directory: directory.path().join("data"),
            master_key: MasterKeySource::DataDirectory,
            clock: clock.clone(),
        };
        let store = Store::create(options).await.unwrap();
        let ports = barid_app::Ports {
            clock,
            random: std::sync::Arc::new(|buffer| buffer.fill(1)),
            tokens: std::sync::Arc::new(barid_app::NoTokens),
        };
        let started = App::start(store, ports).await;
        assert!(matches!(started.err(), Some(AppError::NotReady)));
    });
}

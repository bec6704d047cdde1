//! Founding an association, starting again, and what is refused before.

use barid_app::{App, AppError, found};
use barid_domain::ids::EntryHash;
use barid_domain::registry::{Custody, Registry};
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
        let ports = barid_app::Ports { clock, random: std::sync::Arc::new(|buffer| buffer.fill(1)) };
        let started = App::start(store, ports).await;
        assert!(matches!(started.err(), Some(AppError::NotReady)));
    });
}

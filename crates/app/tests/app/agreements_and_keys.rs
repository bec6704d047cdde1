//! Agreements where keys and standings of parties change: a stolen key undoes nothing that closes, limits hold for partners.

use barid_app::KeyChange;
use barid_domain::agreements::AgreementStep;
use barid_domain::codes::{Database, Purpose};
use barid_domain::ids::RecordId;
use barid_domain::registry::{Aspect, KeyUsage, Limit};
use barid_domain::streams::Position;
use barid_testkit::world::{World, acting, code};

use crate::agreements::{DRUGS, agreed, enter, found, grant, open, search, step, wanted};
use crate::run;

const NAME: &str = "Калачев Валерий";

async fn sees(world: &World, records: &[RecordId]) {
    let mut seen = found(world, "XPART", DRUGS, NAME).await;
    seen.sort();
    let mut expected = records.to_vec();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn a_stolen_key_undoes_what_the_thief_opened_and_not_what_its_owner_closed() {
    run(async {
        let world = World::exercise().build().await;
        world.pass_days(30);
        let of_xa = enter(&world, "XA", DRUGS, wanted(NAME)).await;
        let of_xc = enter(&world, "XC", DRUGS, wanted(NAME)).await;
        let text = agreed(&world, &["XA", "XC", "XPART"], vec![grant(1, &["XPART"], &["XA", "XC"])]).await;
        sees(&world, &[of_xa, of_xc]).await;
        // What counts of the key, as it turns out later.
        let streams = world.app.streams(&acting("XA", Purpose::Oversight)).await.unwrap();
        let own = streams.iter().filter(|head| head.stream.organisation == code("XA"));
        let up_to = own.map(|head| Position { stream: head.stream, seq: head.size }).collect();
        step(&world, "XA", text, AgreementStep::Suspend, None).await.unwrap();
        sees(&world, &[of_xc]).await;
        step(&world, "XA", text, AgreementStep::Resume, None).await.unwrap();
        sees(&world, &[of_xa, of_xc]).await;

        world.pass_days(1);
        let registry = world.app.registry();
        let stolen = registry
            .keys()
            .find(|(_, key)| key.organisation == code("XA") && key.usage == KeyUsage::Entries)
            .map(|(id, _)| id)
            .unwrap();
        let change = KeyChange::Compromised { key: stolen, up_to: Some(up_to) };
        let ctx = acting("SEC", Purpose::Oversight);
        let draft = world.app.draft_key_change(&ctx, code("XA"), &change).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        sees(&world, &[of_xc]).await;
        assert!(open(&world, "XPART", of_xa).await.is_err());
        // The record itself was entered before, and stands.
        assert!(open(&world, "XB", of_xa).await.is_ok());
    });
}

#[test]
fn a_partner_that_is_limited_finds_nothing_there_whatever_was_agreed() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", DRUGS, wanted(NAME)).await;
        agreed(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"])]).await;
        sees(&world, &[record]).await;
        let ctx = acting("SEC", Purpose::Oversight);
        let limit = |database| vec![Limit { aspect: Aspect::Read, database }];
        let draft =
            world.app.draft_limits(&ctx, code("XPART"), limit(Some(Database::Persons))).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        sees(&world, &[]).await;
        assert!(open(&world, "XPART", record).await.is_err());
        assert!(open(&world, "XB", record).await.is_ok(), "others go on");
        // Of all databases nothing is left to look through.
        let draft = world.app.draft_limits(&ctx, code("XPART"), limit(None)).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let refused = search(&world, "XPART", DRUGS, NAME).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
    });
}

//! Uses of grants: never more than a cap over all servers, counted by the day.

use barid_domain::dates::Day;
use barid_domain::ids::AgreementId;
use barid_domain::policy::GrantName;
use barid_store::{GrantAsked, Store};

use crate::replicas::join;
use crate::support::*;

fn day(number: i32) -> Day {
    Day::from_days(number).unwrap()
}

fn asked(grant: u32, cap: u32, least: u32, wanted: u32) -> GrantAsked {
    let grant = GrantName { agreement: AgreementId([7; 16]), grant };
    GrantAsked { recipient: code("XB"), grant, cap, owed: 0, least, wanted }
}

async fn lent(store: &Store, number: i32, asked: &[GrantAsked]) -> Vec<u32> {
    store.lend_grants(day(number), asked.to_vec()).await.unwrap()
}

pub async fn a_grant_is_lent_up_to_its_cap_and_anew_on_the_next_day(fresh: Fresh) {
    let store = &fresh.store;
    assert_eq!(lent(store, 20_000, &[asked(1, 10, 1, 4), asked(2, 3, 1, 4)]).await, [4, 1]);
    assert_eq!(lent(store, 20_000, &[asked(1, 10, 1, 4), asked(2, 3, 3, 3)]).await, [4, 0]);
    // What is needed, where there is no room for more; then nothing.
    assert_eq!(lent(store, 20_000, &[asked(1, 10, 2, 4)]).await, [2]);
    assert_eq!(lent(store, 20_000, &[asked(1, 10, 1, 1)]).await, [0]);
    // Each recipient counts by itself; a cap that was raised has room again.
    let other = GrantAsked { recipient: code("XA"), ..asked(1, 10, 1, 1) };
    assert_eq!(lent(store, 20_000, &[other, asked(1, 12, 1, 1)]).await, [1, 1]);
    // What is owed counts, beyond the cap too.
    let owing = GrantAsked { owed: 5, ..asked(2, 3, 1, 1) };
    assert_eq!(lent(store, 20_000, &[owing]).await, [0]);
    assert_eq!(lent(store, 20_000, &[asked(2, 7, 1, 1), asked(2, 6, 1, 1)]).await, [1, 0]);
    // Another day; servers that see it begin a little later count into it.
    assert_eq!(lent(store, 20_001, &[asked(1, 10, 9, 9)]).await, [9]);
    assert_eq!(lent(store, 20_000, &[asked(1, 10, 2, 2), asked(1, 10, 1, 1)]).await, [0, 1]);
    // What a clock that was wrong had noted binds nobody.
    assert_eq!(lent(store, 30_000, &[asked(1, 10, 10, 10)]).await, [10]);
    assert_eq!(lent(store, 20_001, &[asked(1, 10, 1, 1)]).await, [1]);
    assert_eq!(
        lent(store, 20_001, &[asked(3, 5, 6, 6), asked(3, u32::MAX, 5, u32::MAX)]).await,
        [0, u32::MAX]
    );
    fresh.closed().await;
}

pub async fn servers_that_ask_at_once_are_lent_no_more_than_the_cap(fresh: Fresh) {
    const CAP: u32 = 50;
    let (_, second) = join(&fresh, "second").await;
    let ask = async |store: &Store| {
        let mut sum = 0;
        for _ in 0..40 {
            sum += lent(store, 20_000, &[asked(1, CAP, 1, 3)]).await[0];
        }
        sum
    };
    let (first, other) = tokio::join!(ask(&fresh.store), ask(&second));
    assert_eq!(first + other, CAP);
    second.close().await;
    fresh.closed().await;
}

pub async fn what_was_used_is_known_after_a_restart(fresh: Fresh) {
    assert_eq!(lent(&fresh.store, 20_000, &[asked(1, 3, 2, 2)]).await, [2]);
    let fresh = fresh.reopened().await;
    assert_eq!(lent(&fresh.store, 20_000, &[asked(1, 3, 2, 2), asked(1, 3, 1, 2)]).await, [0, 1]);
    fresh.closed().await;
}

//! Cursors: opaque, sealed, bound to the actor.

use barid_domain::audit::Actor;
use barid_testkit::world::{World, code};

use crate::run;

#[test]
fn a_cursor_opens_for_its_actor_and_nobody_else() {
    run(async {
        let world = World::exercise().build().await;
        let actor = |organisation: &str, officer: &str| Actor::new(code(organisation), officer).unwrap();
        let own = actor("XA", "officer-1");
        let cursor = world.app.seal_cursor(&own, b"record 17");
        assert_eq!(world.app.open_cursor(&own, &cursor).as_deref(), Some(&b"record 17"[..]));
        for other in [actor("XA", "officer-2"), actor("XB", "officer-1"), actor("XA", "officer-1.")] {
            assert_eq!(world.app.open_cursor(&other, &cursor), None, "{other:?}");
        }
        assert_ne!(world.app.seal_cursor(&own, b"record 17"), cursor, "the same place twice looks different");
        assert!(
            !cursor.contains("17") && cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
    });
}

#[test]
fn an_altered_cut_or_invented_cursor_is_none() {
    run(async {
        let world = World::exercise().build().await;
        let own = Actor::new(code("XA"), "officer-1").unwrap();
        let cursor = world.app.seal_cursor(&own, &[7; 16]);
        for at in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(world.app.open_cursor(&own, &altered), None, "letter {at}");
            assert_eq!(world.app.open_cursor(&own, &cursor[..at]), None, "cut at {at}");
        }
        for invented in
            ["", "0", "!", "курсор", "\0", &format!("{cursor}="), &format!("{cursor} "), &"A".repeat(64)]
        {
            assert_eq!(world.app.open_cursor(&own, invented), None, "{invented:?}");
        }
    });
}

#[test]
fn an_overlong_cursor_is_none() {
    run(async {
        let world = World::exercise().build().await;
        let own = Actor::new(code("XA"), "officer-1").unwrap();
        // 24 + 16 bytes of its own; base64 makes 4 of 3; 400 characters are the cap.
        let longest = world.app.seal_cursor(&own, &[7; 260]);
        assert_eq!(longest.len(), 400);
        assert!(world.app.open_cursor(&own, &longest).is_some());
        let longer = world.app.seal_cursor(&own, &[7; 261]);
        assert_eq!(world.app.open_cursor(&own, &longer), None);
        assert_eq!(world.app.open_cursor(&own, &"A".repeat(10_000_000)), None);
    });
}

#[test]
fn a_cursor_lives_through_a_restart_and_is_of_its_node() {
    run(async {
        let world = World::exercise().seed(1).build().await;
        let own = Actor::new(code("XA"), "officer-1").unwrap();
        let cursor = world.app.seal_cursor(&own, b"17");
        let world = world.restart().await;
        assert!(world.app.open_cursor(&own, &cursor).is_some());
        let other = World::exercise().seed(1).build().await;
        assert_eq!(other.app.open_cursor(&own, &cursor), None, "another node's keys are its own");
    });
}

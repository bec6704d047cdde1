//! How often grants were used on a day, over all servers of the database.
//!
//! A server asks for some uses ahead and gives them out by itself, so that not every search waits for the database: no more
//! than the cap are given out, whoever asks; what a server has left when it stops is lost for that day.

use barid_domain::dates::Day;
use barid_domain::ids::OrganisationCode;
use barid_domain::policy::GrantName;

use crate::engine::{Connection, query};
use crate::error::StoreError;

/// Is what a server asks for of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAsked {
    /// Who uses it.
    pub recipient: OrganisationCode,
    /// The grant.
    pub grant: GrantName,
    /// How often it may be used in a day.
    pub cap: u32,
    /// Uses that were given out already, while the database was away: they count in any case.
    pub owed: u32,
    /// The uses needed now.
    pub least: u32,
    /// The uses wanted with those for later, at least as many.
    pub wanted: u32,
}

/// Gives out uses of grants for a day; of each as many as are wanted, as are needed, or none.
pub(crate) async fn lend(
    connection: &mut Connection,
    day: Day,
    asked: &[GrantAsked],
) -> Result<Vec<u32>, StoreError> {
    let mut lent = Vec::with_capacity(asked.len());
    for one in asked {
        if one.owed > 0 {
            add(connection, day, one, one.owed, i64::MAX).await?;
        }
        let cap = i64::from(one.cap);
        lent.push(if add(connection, day, one, one.wanted, cap).await? {
            one.wanted
        } else if one.least < one.wanted && add(connection, day, one, one.least, cap).await? {
            one.least
        } else {
            0
        });
    }
    Ok(lent)
}

/// Adds uses where the cap has room for all of them. Servers need not agree on when a day ends: the later day counts. One
/// that is further off was noted by a clock that is wrong, and does not.
async fn add(
    connection: &mut Connection,
    day: Day,
    one: &GrantAsked,
    uses: u32,
    cap: i64,
) -> Result<bool, StoreError> {
    if i64::from(uses) > cap {
        return Ok(false);
    }
    let added = query(
        "INSERT INTO grant_uses (organisation, agreement, grant_number, day, uses) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organisation, agreement, grant_number) DO UPDATE SET
             uses = CASE WHEN grant_uses.day IN (excluded.day, excluded.day + 1)
                 THEN grant_uses.uses + excluded.uses ELSE excluded.uses END,
             day = CASE WHEN grant_uses.day IN (excluded.day, excluded.day + 1)
                 THEN grant_uses.day ELSE excluded.day END
         WHERE grant_uses.day NOT IN (excluded.day, excluded.day + 1)
             OR grant_uses.uses <= $6",
    );
    let added = added
        .bind(one.recipient.as_str())
        .bind(one.grant.agreement.0.as_slice())
        .bind(i64::from(one.grant.grant))
        .bind(i64::from(day.days()))
        .bind(i64::from(uses))
        .bind(cap - i64::from(uses));
    Ok(added.execute(connection).await? == 1)
}

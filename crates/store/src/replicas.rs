//! The replicas of a node: data directories that serve one database, each with a journal and an identity of its own.
//!
//! The first directory of a node is replica 0; every other one joined with an invitation. How far a journal was folded is
//! kept for each replica, with the chain at that line and the *holder*: a mark drawn at each opening, by which of two
//! copies of one directory the older one is told that it is no longer the replica. Out of scope: who may invite.

use barid_domain::dates::Timestamp;
use barid_ledger::ChainHash;
use zeroize::Zeroizing;

use crate::directory::{MasterKeySource, Paths, read_master_key};
use crate::engine::{self, Connection, Executor, Location, Row, query};
use crate::error::StoreError;
use crate::sealing::{KeyRing, random};
use crate::secrets;
use crate::store::{NodeRow, Store};
use crate::streams::{fixed, fixed_or_null, number_from_row, to_i64};

/// What an invitation begins with.
const INVITATION_HEADING: &[u8] = b"barid-invitation 1\n";
/// The largest invitation, in bytes.
pub const INVITATION_BYTES_CAP: u64 = 8 * 1024 * 1024;
/// What the words of an invitation's code begin with, so that scanners for leaked secrets can find one.
const CODE_PREFIX: &str = "barid-join_";
/// The most secrets of one invitation.
const SECRETS_CAP: usize = 4_096;

/// Names a replica: its directory and its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId(pub [u8; 16]);

impl ReplicaId {
    /// The node's first directory.
    pub const FIRST: Self = Self([0; 16]);

    /// Tells whether it is the node's first directory.
    pub fn is_first(&self) -> bool {
        *self == Self::FIRST
    }

    /// Reads 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        barid_domain::ids::decode_hex(text, &mut bytes)?;
        Some(Self(bytes))
    }
}

impl std::fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Is what the database knows of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    /// Which.
    pub id: ReplicaId,
    /// Lines of its journal that stand in access streams.
    pub folded_lines: u64,
    /// When it joined.
    pub joined_at: Timestamp,
    /// When it last opened the database or folded its journal.
    pub seen_at: Timestamp,
    /// When it left, where it did.
    pub left_at: Option<Timestamp>,
}

/// How far a journal was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) lines: u64,
    /// The journal's chain after these lines; not known of a journal that an earlier version folded last.
    pub(crate) chain: Option<ChainHash>,
    /// Who opened the replica last.
    pub(crate) holder: [u8; 16],
}

impl Folded {
    pub(crate) const NOTHING: Self = Self { lines: 0, chain: Some(ChainHash::START), holder: [0; 16] };

    /// What the first directory's journal had folded before replicas were counted by themselves.
    pub(crate) fn of_earlier_version(node: &NodeRow) -> Self {
        let chain = (node.folded_lines == 0).then_some(ChainHash::START);
        Self { lines: node.folded_lines, chain, holder: [0; 16] }
    }
}

fn folded_from_row(row: &Row) -> Result<Folded, StoreError> {
    Ok(Folded {
        lines: number_from_row(row, "folded_lines")?,
        chain: fixed_or_null(row, "folded_chain")?.map(ChainHash::from_bytes),
        holder: fixed(row, "holder")?,
    })
}

/// Reads how far a replica's journal was folded; `None` where the database does not know it, or it left.
pub(crate) async fn folded<'e>(
    executor: impl Into<Executor<'e>> + Send,
    replica: &ReplicaId,
) -> Result<Option<Folded>, StoreError> {
    let row = query(
        "SELECT folded_lines, folded_chain, holder FROM replicas WHERE replica = $1 AND left_at IS NULL",
    );
    let row = row.bind(replica.0.as_slice()).fetch_optional(executor).await?;
    row.map(|row| folded_from_row(&row)).transpose()
}

/// Makes whoever opened the directory just now the replica. The first directory is counted from then on, where an earlier
/// version did not.
pub(crate) async fn claim(
    connection: &mut Connection,
    location: &Location,
    (replica, holder): (&ReplicaId, &[u8; 16]),
    folded: &Folded,
    (joined_at, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    // When somebody was seen is told by one clock, where there is one.
    let now = engine::begin_writing(connection, location).await?.unwrap_or(now);
    if replica.is_first() {
        query(
            "INSERT INTO replicas (replica, folded_lines, folded_chain, holder, joined_at, seen_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (replica) DO NOTHING",
        )
        .bind(replica.0.as_slice())
        .bind(to_i64(folded.lines)?)
        .bind(folded.chain.map(|chain| chain.as_bytes().to_vec()))
        .bind(holder.as_slice())
        .bind(joined_at.0)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    }
    let claimed =
        query("UPDATE replicas SET holder = $1, seen_at = $2 WHERE replica = $3 AND left_at IS NULL")
            .bind(holder.as_slice())
            .bind(now.0)
            .bind(replica.0.as_slice())
            .execute(&mut *connection)
            .await?;
    let end = if claimed == 1 { "COMMIT" } else { "ROLLBACK" };
    query(end).execute(connection).await?;
    if claimed == 1 { Ok(()) } else { Err(StoreError::ReplicaUnknown) }
}

/// Notes how far a replica's journal is folded by now, in the transaction that folds it.
pub(crate) async fn note_folded(
    connection: &mut Connection,
    replica: &ReplicaId,
    lines: u64,
    chain: Option<&ChainHash>,
    now: Timestamp,
) -> Result<(), StoreError> {
    query("UPDATE replicas SET folded_lines = $1, folded_chain = $2, seen_at = $3 WHERE replica = $4")
        .bind(to_i64(lines)?)
        .bind(chain.map(|chain| chain.as_bytes().to_vec()))
        .bind(now.0)
        .bind(replica.0.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets a replica join, in the transaction of a write; one that was stopped on its way joins again.
pub(crate) async fn join(
    connection: &mut Connection,
    replica: &ReplicaId,
    holder: &[u8; 16],
    now: Timestamp,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO replicas (replica, folded_lines, folded_chain, holder, joined_at, seen_at)
         VALUES ($1, 0, $2, $3, $4, $4) ON CONFLICT (replica) DO UPDATE SET holder = $3, seen_at = $4",
    )
    .bind(replica.0.as_slice())
    .bind(ChainHash::START.as_bytes().as_slice())
    .bind(holder.as_slice())
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a replica, in the transaction of a write.
pub(crate) async fn leave(
    connection: &mut Connection,
    replica: &ReplicaId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended = query("UPDATE replicas SET left_at = $1 WHERE replica = $2 AND left_at IS NULL");
    match ended.bind(now.0).bind(replica.0.as_slice()).execute(connection).await? {
        0 => Err(StoreError::ReplicaUnknown),
        _ => Ok(()),
    }
}

/// Takes work that one replica does for all, or keeps it, for a time in microseconds; `false` where another one has it. `now`
/// is the database server's: the clock by which all of them measure. What another one has for more than twice as long as
/// it is asked for was taken by a clock that is wrong, and does not count.
pub(crate) async fn take_lease(
    connection: &mut Connection,
    name: &str,
    holder: &[u8; 16],
    now: Timestamp,
    for_micros: i64,
) -> Result<bool, StoreError> {
    let taken = query(
        "INSERT INTO leases (name, holder, ends_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
         WHERE leases.holder = excluded.holder OR leases.ends_at <= $4 OR leases.ends_at > $5",
    );
    let until = now.0.saturating_add(for_micros.max(0));
    let longest = now.0.saturating_add(for_micros.max(0).saturating_mul(2));
    let taken = taken.bind(name).bind(holder.as_slice()).bind(until).bind(now.0);
    let rows = taken.bind(longest).execute(connection).await?;
    Ok(rows > 0)
}

impl Store {
    /// Which replica of the node this is.
    pub fn replica(&self) -> ReplicaId {
        self.inner.replica
    }

    /// Lists the replicas of the node, those that left too, in the order in which they joined.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn replicas(&self) -> Result<Vec<Replica>, StoreError> {
        list(&self.inner.pool).await
    }
}

/// Lists the replicas that a database knows.
pub(crate) async fn list<'e>(executor: impl Into<Executor<'e>> + Send) -> Result<Vec<Replica>, StoreError> {
    let rows = query(
        "SELECT replica, folded_lines, joined_at, seen_at, left_at FROM replicas ORDER BY joined_at, replica",
    )
    .fetch_all(executor)
    .await?;
    let read = |row: &Row| {
        Ok(Replica {
            id: ReplicaId(fixed(row, "replica")?),
            folded_lines: number_from_row(row, "folded_lines")?,
            joined_at: Timestamp(row.try_get("joined_at")?),
            seen_at: Timestamp(row.try_get("seen_at")?),
            left_at: row.try_get::<Option<i64>>("left_at")?.map(Timestamp),
        })
    };
    rows.iter().map(read).collect()
}

/// Is the one-time code that opens an invitation. It is shown once, and goes another way than the invitation.
pub struct InvitationCode(Zeroizing<[u8; 32]>);

impl InvitationCode {
    /// Draws a code.
    ///
    /// # Errors
    /// [`StoreError::Randomness`].
    pub fn draw() -> Result<Self, StoreError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// Reads what [`InvitationCode::show`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        barid_domain::ids::decode_hex(text.trim().strip_prefix(CODE_PREFIX)?, bytes.as_mut_slice())?;
        Some(Self(bytes))
    }

    /// Shows it.
    pub fn show(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(CODE_PREFIX));
        self.0.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
        text
    }
}

/// Is what a replica needs besides the database: the master key, the node's named secrets, the database's address.
pub struct Invitation {
    /// Until when a replica may join with it.
    pub valid_until: Timestamp,
    master_key: Zeroizing<[u8; 32]>,
    secrets: Vec<(String, Zeroizing<Vec<u8>>)>,
    address: Zeroizing<String>,
}

/// Makes an invitation out of a data directory whose database is on a server, sealed under a code. A server may run on the
/// directory meanwhile: its keys alone are read.
///
/// # Errors
/// [`StoreError::NotADataDirectory`]; [`StoreError::DatabaseAddress`] where the directory keeps its database itself; the
/// errors about master keys; file errors.
pub fn invite(
    directory: &std::path::Path,
    master_key: &MasterKeySource,
    code: &InvitationCode,
    valid_until: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    let paths = Paths::new(directory);
    paths.check_format()?;
    paths.refuse_backup()?;
    let address = paths.server_address()?.ok_or(StoreError::DatabaseAddress(
        "the directory keeps its database itself, and nobody else can use it",
    ))?;
    let master_key = read_master_key(&paths.master_key(master_key))?;
    let ring = KeyRing::new(&master_key);
    let mut kept = Vec::new();
    for name in secrets::names(&paths.keys())? {
        let secret = secrets::get(&paths.keys(), &ring, &name)?;
        kept.extend(secret.map(|secret| (name, secret)));
    }
    let invitation = Invitation { valid_until, master_key, secrets: kept, address };
    let sealed = KeyRing::new(&code.0).secrets.seal(INVITATION_HEADING, &invitation.encode())?;
    Ok([INVITATION_HEADING, sealed.as_slice()].concat())
}

/// Opens an invitation.
///
/// # Errors
/// [`StoreError::InvitationUnusable`] where it is none, is damaged, or has another code.
pub fn open_invitation(bytes: &[u8], code: &InvitationCode) -> Result<Invitation, StoreError> {
    let sealed = bytes.strip_prefix(INVITATION_HEADING).ok_or(StoreError::InvitationUnusable)?;
    let plain = KeyRing::new(&code.0).secrets.open(INVITATION_HEADING, sealed);
    let plain = Zeroizing::new(plain.ok_or(StoreError::InvitationUnusable)?);
    Invitation::decode(&plain).ok_or(StoreError::InvitationUnusable)
}

impl Invitation {
    /// The address of the database, as the inviting directory has it. It may hold a password.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn master_key(&self) -> &[u8; 32] {
        &self.master_key
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_slice()))
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::new());
        bytes.extend_from_slice(&self.valid_until.0.to_be_bytes());
        bytes.extend_from_slice(self.master_key.as_slice());
        push(&mut bytes, self.address.as_bytes());
        for (name, secret) in &self.secrets {
            push(&mut bytes, name.as_bytes());
            push(&mut bytes, secret);
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (valid_until, rest) = bytes.split_first_chunk()?;
        let (master_key, rest) = rest.split_first_chunk()?;
        let (address, mut rest) = take(rest)?;
        let mut secrets = Vec::new();
        while !rest.is_empty() {
            let (name, behind) = take(rest)?;
            let (secret, behind) = take(behind)?;
            if secrets.len() >= SECRETS_CAP {
                return None;
            }
            secrets.push((String::from_utf8(name.to_vec()).ok()?, Zeroizing::new(secret.to_vec())));
            rest = behind;
        }
        Some(Self {
            valid_until: Timestamp(i64::from_be_bytes(*valid_until)),
            master_key: Zeroizing::new(*master_key),
            secrets,
            address: Zeroizing::new(String::from_utf8(address.to_vec()).ok()?),
        })
    }
}

/// Appends bytes behind their length. Secrets are of at most 64 KiB, addresses of 4.
fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            valid_until: Timestamp(7),
            master_key: Zeroizing::new([3; 32]),
            secrets: vec![("entries-xa".to_owned(), Zeroizing::new(vec![1; 40]))],
            address: Zeroizing::new("postgres:///barid?host=/run/postgresql".to_owned()),
        }
    }

    #[test]
    fn an_invitation_reads_back_and_no_shorter_one_does() {
        let bytes = invitation().encode();
        let read = Invitation::decode(&bytes).unwrap();
        assert_eq!(*read.encode(), *bytes);
        let short = (0..bytes.len()).filter(|end| Invitation::decode(&bytes[..*end]).is_some());
        // Without its secrets it is a whole one of another node: the seal is what tells.
        assert_eq!(short.collect::<Vec<_>>(), [8 + 32 + 4 + read.address().len()]);
    }

    #[test]
    fn a_code_reads_back_with_its_prefix_alone() {
        let code = InvitationCode::draw().unwrap();
        let shown = code.show();
        assert_eq!(*InvitationCode::parse(&format!("  {}\n", shown.as_str())).unwrap().0, *code.0);
        for wrong in ["", CODE_PREFIX, &shown[CODE_PREFIX.len()..], &shown[..shown.len() - 2]] {
            assert!(InvitationCode::parse(wrong).is_none(), "{wrong}");
        }
    }
}

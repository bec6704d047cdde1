//! Named secrets beside the database: signing keys of hosted organisations, sealed under the master key.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::directory::{read_capped, write_durably};
use crate::error::StoreError;
use crate::sealing::KeyRing;

const SECRET_BYTES_CAP: usize = 64 * 1024;

fn path_of(keys: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let fits = (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.eq_ignore_ascii_case("master");
    if fits { Ok(keys.join(format!("{name}.key"))) } else { Err(StoreError::InvalidName) }
}

fn place(name: &str) -> Vec<u8> {
    [b"barid/named-secret/v1\0", name.as_bytes()].concat()
}

/// Keeps a secret under a name, in place of an earlier one.
pub(crate) fn put(keys: &Path, ring: &KeyRing, name: &str, secret: &[u8]) -> Result<(), StoreError> {
    let path = path_of(keys, name)?;
    if secret.len() > SECRET_BYTES_CAP {
        return Err(StoreError::InvalidName);
    }
    write_durably(&path, &ring.secrets.seal(&place(name), secret)?)
}

/// Finds a secret.
pub(crate) fn get(keys: &Path, ring: &KeyRing, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let path = path_of(keys, name)?;
    let sealed = match read_capped(&path, SECRET_BYTES_CAP as u64 + 1024) {
        Ok(sealed) => sealed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::file("read a secret")(error)),
    };
    let secret = ring.secrets.open(&place(name), &sealed).ok_or(StoreError::Damaged("a named secret"))?;
    Ok(Some(Zeroizing::new(secret)))
}

/// Lists the names there are.
pub(crate) fn names(keys: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(keys).map_err(StoreError::file("read the key directory"))? {
        let name = entry.map_err(StoreError::file("read the key directory"))?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".key")).filter(|name| *name != "master");
        names.extend(name.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

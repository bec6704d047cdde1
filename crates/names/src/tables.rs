//! The learnt tables as a file: reading, writing, and the copy built into this crate.
//!
//! The file `data/tables.bin` is made by `examples/train.rs`; `data/README.md` tells from what. The layout is
//! little-endian: magic; channels (script, entries); letter models (script, order, alphabet, n-grams); common parts.

use std::sync::OnceLock;

use crate::background::{Background, LetterModel, latin_key, native_key, symbol};
use crate::channel::{Channel, Correspondence, MAX_LATIN_CHUNK, MAX_NATIVE_CHUNK};
use crate::hashing::IntegerMap;
use crate::script::{ALL_SCRIPTS, Script};

const MAGIC: &[u8; 8] = b"BARIDNT2";
/// Steps per nat in stored log probabilities.
const STEPS: f32 = 512.0;
/// Most entries read of one list.
const MAX_ENTRIES: u32 = 2_000_000;

static IN_USE: OnceLock<Tables> = OnceLock::new();

/// The tables in use: those built into the program, unless others were installed before.
pub fn tables() -> &'static Tables {
    IN_USE.get_or_init(|| {
        // The bytes are part of the program and a test parses them; an empty set is the answer to a broken build.
        let contents = TableContents::parse(include_bytes!("../data/tables.bin")).unwrap_or_default();
        Tables::new(contents)
    })
}

/// Uses other tables than those built in, for measuring with people held out of training; whether it did: only before
/// the first name was read.
pub fn install(contents: TableContents) -> bool {
    IN_USE.set(Tables::new(contents)).is_ok()
}

/// Why a table file can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableError {
    /// The file is not of this kind or version.
    NotTables,
    /// The file ends early or a field is out of range.
    Damaged,
}

/// One letter model as stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredModel {
    /// Longest n-gram.
    pub order: u8,
    /// Number of letters assumed for unseen ones.
    pub alphabet: u32,
    /// n-grams with their counts (capped at 65,535).
    pub ngrams: Vec<(Vec<u16>, u16)>,
}

/// A whole part that published transliterations write so, with how often.
#[derive(Debug, Clone, PartialEq)]
pub struct AttestedPair {
    /// Folded native letters, or plain Latin ones of another spelling.
    pub native: Vec<u16>,
    /// Plain Latin letters.
    pub latin: Vec<u8>,
    /// log P(native | latin), nats.
    pub log_probability: f32,
    /// log P(native) among all parts in the script, nats.
    pub log_frequency: f32,
}

/// What a table file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableContents {
    /// Letter correspondences per script; Latin is Latin against Latin.
    pub channels: Vec<(Script, Vec<Correspondence>)>,
    /// Letter models per script; Latin's is the background of Latin parts.
    pub models: Vec<(Script, StoredModel)>,
    /// The commonest Latin parts with log probabilities.
    pub frequent: Vec<(Vec<u8>, f32)>,
    /// Whole parts with their usual Latin spellings, per script.
    pub attested: Vec<(Script, Vec<AttestedPair>)>,
}

/// A Latin spelling that is usual for a native part.
#[derive(Debug, Clone, PartialEq)]
pub struct AttestedSpelling {
    /// Plain Latin letters.
    pub latin: Vec<u8>,
    /// log P(native | latin), nats.
    pub log_probability: f32,
}

/// The tables ready for use.
#[derive(Debug, Default)]
pub struct Tables {
    channels: Vec<Channel>,
    attested: IntegerMap<u64, Vec<AttestedSpelling>>,
    /// The fixed background.
    pub background: Background,
}

impl Tables {
    /// Prepares the contents of a table file.
    pub fn new(contents: TableContents) -> Tables {
        let mut channels: Vec<Channel> = ALL_SCRIPTS.iter().map(|_| Channel::default()).collect();
        for (script, entries) in contents.channels {
            channels[script as usize] = Channel::new(entries);
        }
        let mut background = Background {
            native: ALL_SCRIPTS.iter().map(|_| LetterModel::default()).collect(),
            ..Background::default()
        };
        for (script, stored) in contents.models {
            let ngrams = stored.ngrams.into_iter().map(|(ngram, count)| (ngram, f32::from(count)));
            let mut model = LetterModel::new(usize::from(stored.order), stored.alphabet, ngrams);
            match script {
                Script::Latin => {
                    model.lay_out_plain();
                    background.latin = model;
                }
                _ => background.native[script as usize] = model,
            }
        }
        background.frequent =
            contents.frequent.iter().map(|(letters, log_p)| (latin_key(letters), *log_p)).collect();
        let mut attested: IntegerMap<u64, Vec<AttestedSpelling>> = IntegerMap::default();
        for (script, pairs) in contents.attested {
            for pair in pairs {
                let key = native_key(script, pair.native.iter().copied());
                if script != Script::Latin {
                    background.native_frequent.insert(key, pair.log_frequency);
                }
                let spelling = AttestedSpelling { latin: pair.latin, log_probability: pair.log_probability };
                attested.entry(key).or_default().push(spelling);
            }
        }
        Tables { channels, attested, background }
    }

    /// The Latin spellings that published transliterations use for a whole native part (for a Latin part: other
    /// spellings of the name).
    pub fn attested(&self, script: Script, native: &[char]) -> &[AttestedSpelling] {
        let key = native_key(script, native.iter().map(|c| symbol(*c)));
        self.attested.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The channel of a script (Latin: between two Latin spellings).
    pub fn channel(&self, script: Script) -> &Channel {
        &self.channels[script as usize]
    }
}

impl TableContents {
    /// Writes the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.channels.len() as u8);
        for (script, entries) in &self.channels {
            out.push(*script as u8);
            out.extend((entries.len() as u32).to_le_bytes());
            for entry in entries {
                out.push((entry.native.len() << 4 | entry.latin.len()) as u8);
                for c in &entry.native {
                    out.extend(&(*c as u32).to_le_bytes()[..3]);
                }
                out.extend(&entry.latin);
                out.extend(steps(entry.log_probability).to_le_bytes());
            }
        }
        out.push(self.models.len() as u8);
        for (script, model) in &self.models {
            out.extend([*script as u8, model.order]);
            out.extend(model.alphabet.to_le_bytes());
            out.extend((model.ngrams.len() as u32).to_le_bytes());
            for (ngram, count) in &model.ngrams {
                out.push(ngram.len() as u8);
                ngram.iter().for_each(|s| out.extend(s.to_le_bytes()));
                out.extend(count.to_le_bytes());
            }
        }
        out.extend((self.frequent.len() as u32).to_le_bytes());
        for (letters, log_p) in &self.frequent {
            out.push(letters.len() as u8);
            out.extend(letters);
            out.extend(steps(*log_p).to_le_bytes());
        }
        out.push(self.attested.len() as u8);
        for (script, pairs) in &self.attested {
            out.push(*script as u8);
            out.extend((pairs.len() as u32).to_le_bytes());
            for pair in pairs {
                out.extend([pair.native.len() as u8, pair.latin.len() as u8]);
                pair.native.iter().for_each(|s| out.extend(s.to_le_bytes()));
                out.extend(&pair.latin);
                out.extend(steps(pair.log_probability).to_le_bytes());
                out.extend(steps(pair.log_frequency).to_le_bytes());
            }
        }
        out
    }

    /// Reads a file; hostile bytes give an error, never a panic.
    ///
    /// # Errors
    /// [`TableError`] for another kind of file or damage.
    pub fn parse(bytes: &[u8]) -> Result<TableContents, TableError> {
        let mut reader = Reader { bytes };
        if reader.take(MAGIC.len()).ok() != Some(MAGIC.as_slice()) {
            return Err(TableError::NotTables);
        }
        let mut contents = TableContents::default();
        for _ in 0..reader.byte()? {
            let script = reader.script()?;
            let count = reader.count()?;
            let mut entries = Vec::new();
            for _ in 0..count {
                entries.push(reader.correspondence()?);
            }
            contents.channels.push((script, entries));
        }
        for _ in 0..reader.byte()? {
            let script = reader.script()?;
            let mut model =
                StoredModel { order: reader.byte()?, alphabet: reader.u32()?, ngrams: Vec::new() };
            for _ in 0..reader.count()? {
                let length = usize::from(reader.byte()?);
                let ngram = (0..length).map(|_| reader.u16()).collect::<Result<_, _>>()?;
                model.ngrams.push((ngram, reader.u16()?));
            }
            contents.models.push((script, model));
        }
        for _ in 0..reader.count()? {
            let length = usize::from(reader.byte()?);
            let letters = reader.take(length)?.to_vec();
            contents.frequent.push((letters, reader.log_probability()?));
        }
        for _ in 0..reader.byte()? {
            let script = reader.script()?;
            let pairs = (0..reader.count()?).map(|_| reader.attested()).collect::<Result<_, _>>()?;
            contents.attested.push((script, pairs));
        }
        Ok(contents)
    }
}

fn steps(log_probability: f32) -> i16 {
    (log_probability * STEPS).round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TableError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(TableError::Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, TableError> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, TableError> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Result<u32, TableError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn count(&mut self) -> Result<u32, TableError> {
        let count = self.u32()?;
        if count > MAX_ENTRIES { Err(TableError::Damaged) } else { Ok(count) }
    }

    fn script(&mut self) -> Result<Script, TableError> {
        Script::from_number(self.byte()?).ok_or(TableError::Damaged)
    }

    fn log_probability(&mut self) -> Result<f32, TableError> {
        Ok(f32::from(self.u16()? as i16) / STEPS)
    }

    fn attested(&mut self) -> Result<AttestedPair, TableError> {
        let (native, latin) = (usize::from(self.byte()?), usize::from(self.byte()?));
        Ok(AttestedPair {
            native: (0..native).map(|_| self.u16()).collect::<Result<_, _>>()?,
            latin: self.take(latin)?.to_vec(),
            log_probability: self.log_probability()?,
            log_frequency: self.log_probability()?,
        })
    }

    fn correspondence(&mut self) -> Result<Correspondence, TableError> {
        let lengths = usize::from(self.byte()?);
        let (native_length, latin_length) = (lengths >> 4, lengths & 15);
        if native_length > MAX_NATIVE_CHUNK || latin_length > MAX_LATIN_CHUNK {
            return Err(TableError::Damaged);
        }
        let mut native = Vec::with_capacity(native_length);
        for _ in 0..native_length {
            let b = self.take(3)?;
            native
                .push(char::from_u32(u32::from_le_bytes([b[0], b[1], b[2], 0])).ok_or(TableError::Damaged)?);
        }
        let latin = self.take(latin_length)?.to_vec();
        if latin.iter().any(|n| !(1..=26).contains(n)) {
            return Err(TableError::Damaged);
        }
        Ok(Correspondence { native, latin, log_probability: self.log_probability()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_tables_can_be_read() {
        let contents = TableContents::parse(include_bytes!("../data/tables.bin")).unwrap();
        assert!(contents.channels.len() >= 8 && contents.frequent.len() > 1_000);
        assert_eq!(TableContents::parse(&contents.encode()).unwrap(), contents);
    }

    #[test]
    fn damaged_tables_are_refused() {
        let good = include_bytes!("../data/tables.bin");
        assert_eq!(TableContents::parse(b"something else"), Err(TableError::NotTables));
        for length in [8, 9, 20, 1_000, good.len() - 1] {
            assert_eq!(TableContents::parse(&good[..length]), Err(TableError::Damaged));
        }
    }
}

//! Workbooks made by hand: an archive of parts, whatever they say.

use flate2::Crc;

/// Is a part of an archive.
pub struct Part<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
    /// Deflated, where it is.
    pub packed: Option<Vec<u8>>,
    pub flags: u16,
    /// What the directory says of its length, where that is not so.
    pub said_bytes: Option<u32>,
}

impl<'a> Part<'a> {
    pub fn stored(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, bytes, packed: None, flags: 0, said_bytes: None }
    }
}

/// Writes an archive.
pub fn archive_of(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let mut crc = Crc::new();
        crc.update(part.bytes);
        let packed = part.packed.as_deref().unwrap_or(part.bytes);
        let method: u16 = if part.packed.is_some() { 8 } else { 0 };
        let mut head = Vec::new();
        for word in [20u16, part.flags, method, 0, 0] {
            head.extend(word.to_le_bytes());
        }
        let unpacked = part.said_bytes.unwrap_or(part.bytes.len() as u32);
        for word in [crc.sum(), packed.len() as u32, unpacked] {
            head.extend(word.to_le_bytes());
        }
        head.extend((part.name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(part.name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(part.name.as_bytes());
        out.extend(packed);
    }
    let (begin, bytes, count) = (out.len() as u32, directory.len() as u32, parts.len() as u16);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(bytes.to_le_bytes());
    out.extend(begin.to_le_bytes());
    out.extend([0, 0]);
    out
}

pub const TYPES: &str = "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
pub const PACKAGE: &str = "<Relationships><Relationship Id=\"a\" Type=\"http://x/officeDocument\" \
                           Target=\"xl/workbook.xml\"/></Relationships>";
pub const BOOK: &str =
    "<workbook><sheets><sheet name=\"Лист1\" sheetId=\"1\" r:id=\"b\"/></sheets></workbook>";
pub const RELATED: &str = "<Relationships><Relationship Id=\"b\" Type=\"http://x/worksheet\" \
                           Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"c\" Type=\"http://x/sharedStrings\" \
                           Target=\"/xl/sharedStrings.xml\"/><Relationship Id=\"d\" Type=\"http://x/styles\" \
                           Target=\"styles.xml\"/></Relationships>";
pub const TEXTS: &str =
    "<sst><si><t>stolen</t></si><si><r><t>lo</t></r><r><t>st</t></r><rPh><t>x</t></rPh></si></sst>";
/// Styles: 0 a number, 1 a day, 2 nine digits, 3 a day with a time, 4 a time.
pub const STYLES: &str = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"000000000\"/></numFmts>\
                          <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"22\"/>\
                          <xf numFmtId=\"20\"/></cellXfs></styleSheet>";

/// A workbook with one sheet of this XML.
pub fn workbook_of(sheet: &str) -> Vec<u8> {
    workbook_with(BOOK, sheet)
}

pub fn workbook_with(book: &str, sheet: &str) -> Vec<u8> {
    archive_of(&[
        Part::stored("[Content_Types].xml", TYPES.as_bytes()),
        Part::stored("_rels/.rels", PACKAGE.as_bytes()),
        Part::stored("xl/workbook.xml", book.as_bytes()),
        Part::stored("xl/_rels/workbook.xml.rels", RELATED.as_bytes()),
        Part::stored("xl/sharedStrings.xml", TEXTS.as_bytes()),
        Part::stored("xl/styles.xml", STYLES.as_bytes()),
        Part::stored("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

//! Prints a channel.
#![allow(clippy::disallowed_methods, missing_docs)]
use barid_names::tables::TableContents;
fn main() {
    let t: Vec<String> = std::env::args().skip(1).collect();
    let c = TableContents::parse(&std::fs::read(&t[0]).unwrap()).unwrap();
    for (s, e) in &c.channels {
        for x in e {
            let n: String = x.native.iter().collect();
            let l: String = x.latin.iter().map(|x| char::from(x + 96)).collect();
            println!("{}\t{n}\t{l}\t{:.2}", s.code(), x.log_probability);
        }
    }
}

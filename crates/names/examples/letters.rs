//! Prints how the letters of two words correspond, however badly.
#![allow(clippy::disallowed_methods, missing_docs)]
use barid_names::name::Name;
use barid_names::tables::{TableContents, install, tables};
fn main() {
    let t: Vec<String> = std::env::args().skip(1).collect();
    let bytes = std::fs::read(&t[0]).expect("the tables");
    assert!(install(TableContents::parse(&bytes).expect("sound tables")));
    for pair in t[1..].chunks(2) {
        let (a, b) = (Name::parse(&pair[0]), Name::parse(&pair[1]));
        let (n, l) = (&a.parts()[0], &b.parts()[0]);
        let latin = &l.latents()[0].letters;
        let (total, letters) = tables().channel(n.script()).align(n.native(), latin, &n.error_costs());
        println!(
            "{} ~ {}: {total:.2} nats; info {:.1} {:.1} costs {:?}",
            pair[0],
            pair[1],
            n.information(),
            l.information(),
            n.error_costs()
        );
        for m in letters {
            let nat: String = n.native()[m.native.0..m.native.0 + m.native.1].iter().collect();
            let lat: String =
                latin[m.latin.0..m.latin.0 + m.latin.1].iter().map(|x| char::from(x + 96)).collect();
            println!("   {nat:>6} {lat:<8} {:.2}{}", m.log_probability, if m.error { " slip" } else { "" });
        }
        println!(
            "   attested: {:?}",
            tables()
                .attested(n.script(), n.native())
                .iter()
                .map(|s| (s.latin.iter().map(|x| char::from(x + 96)).collect::<String>(), s.log_probability))
                .collect::<Vec<_>>()
        );
    }
}

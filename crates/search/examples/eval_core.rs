use std::io::Write;
use std::time::Instant;
use barid_names::{compare::PreparedQuery, name::Name};
use barid_search::name_index::{NameIndex, SearchBuffers};
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let t = Instant::now();
    let gallery = std::fs::read_to_string(&a[0]).unwrap();
    let mut index = NameIndex::new();
    let mut ids = Vec::new();
    let t1 = Instant::now();
    for line in gallery.lines() {
        let mut f = line.split('\t');
        let (id, name) = (f.next().unwrap(), f.next().unwrap());
        index.insert(ids.len() as u32, 0, 0, &Name::parse(name));
        ids.push(id.to_owned());
    }
    eprintln!("built {} in {:?} (tables {:?}), {} MB", index.len(), t1.elapsed(), t1 - t, index.memory_bytes() / 1_000_000);
    let step: usize = a.get(3).map_or(1, |s| s.parse().unwrap());
    let mut out = std::io::BufWriter::new(std::fs::File::create(&a[2]).unwrap());
    let mut buffers = SearchBuffers::default();
    let mut n = 0;
    let mut times = Vec::new();
    for line in std::fs::read_to_string(&a[1]).unwrap().lines().step_by(step) {
        let q: serde_json::Value = serde_json::from_str(line).unwrap();
        let t = Instant::now();
        let name = Name::parse(q["q"].as_str().unwrap());
        let prepared = PreparedQuery::new(&name);
        let r = index.candidates(&prepared, &[true], 10, &mut buffers);
        times.push(t.elapsed().as_micros() as u64);
        let r: Vec<_> = r.iter().map(|c| serde_json::json!([ids[c.slot as usize], c.assignment.score])).collect();
        writeln!(out, "{}", serde_json::json!({"qid": q["qid"], "r": r, "us": times[n]})).unwrap();
        n += 1;
    }
    let total: u64 = times.iter().sum();
    times.sort();
    eprintln!("{n} queries, {:.0}/s, median {} us p99 {} us", n as f64 * 1e6 / total as f64, times[n / 2], times[n * 99 / 100]);
}

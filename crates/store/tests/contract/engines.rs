//! The tables of both engines: the same versions, tables, columns and keys.

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::support::*;

/// Columns as `name type nullability`, the key, foreign keys, and unique groups of columns: of one table.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<String>,
    primary_key: Vec<String>,
    foreign_keys: Vec<String>,
    unique: Vec<String>,
}

fn versions(folder: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let entries = std::fs::read_dir(path).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn tables_of_sqlite(fresh: &Fresh) -> BTreeMap<String, Table> {
    let pool = connect(&fresh.data()).await;
    let text = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                AND name NOT LIKE 'sqlite%'";
    let mut tables = BTreeMap::new();
    for name in sqlx::query_scalar::<_, String>(text).fetch_all(&pool).await.unwrap() {
        let mut table = Table::default();
        let columns =
            sqlx::query("SELECT name, type, \"notnull\" AS required, pk FROM pragma_table_info($1)");
        let mut key = BTreeMap::new();
        for row in columns.bind(&name).fetch_all(&pool).await.unwrap() {
            let column: String = row.get("name");
            let kind = match row.get::<String, _>("type").as_str() {
                "INTEGER" => "number",
                "BLOB" => "bytes",
                "TEXT" => "text",
                other => panic!("{name}.{column} is {other}"),
            };
            let required = row.get::<i64, _>("required") == 1;
            table.columns.push(format!("{column} {kind} {required}"));
            if row.get::<i64, _>("pk") > 0 {
                key.insert(row.get::<i64, _>("pk"), column);
            }
        }
        table.primary_key = key.into_values().collect();
        let keys = "SELECT id, \"table\" AS target, \"from\" AS source, \"to\" AS goal
                    FROM pragma_foreign_key_list($1) ORDER BY id, seq";
        let mut foreign: BTreeMap<i64, (String, Vec<String>, Vec<String>)> = BTreeMap::new();
        for row in sqlx::query(keys).bind(&name).fetch_all(&pool).await.unwrap() {
            let one = foreign.entry(row.get("id")).or_default();
            one.0 = row.get("target");
            one.1.push(row.get("source"));
            one.2.push(row.get("goal"));
        }
        let shown = |(target, from, to): (String, Vec<String>, Vec<String>)| {
            format!("{} -> {target} {}", from.join(","), to.join(","))
        };
        table.foreign_keys = foreign.into_values().map(shown).collect();
        table.foreign_keys.sort();
        let indexes =
            "SELECT l.name AS name, i.name AS of FROM pragma_index_list($1) l, pragma_index_info(l.name) i
                       WHERE l.\"unique\" = 1 AND l.origin <> 'pk' ORDER BY l.name, i.seqno";
        let mut unique: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in sqlx::query(indexes).bind(&name).fetch_all(&pool).await.unwrap() {
            unique.entry(row.get("name")).or_default().push(row.get("of"));
        }
        table.unique = unique.into_values().map(|columns| columns.join(",")).collect();
        table.unique.sort();
        tables.insert(name, table);
    }
    pool.close().await;
    tables
}

/// The names of columns by their numbers, in SQL.
fn named(numbers: &str, table: &str) -> String {
    format!(
        "(SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest({numbers}) WITH ORDINALITY AS k(number, at)
          JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number)"
    )
}

async fn tables_of_postgres(fresh: &Fresh) -> BTreeMap<String, Table> {
    let address = fresh.address.as_deref().unwrap();
    let pool = sqlx::PgPool::connect(address).await.unwrap();
    let columns = "SELECT table_name::text AS of, column_name::text AS name, data_type::text AS type,
                   is_nullable::text AS nullable FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY table_name, ordinal_position";
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in sqlx::query(columns).fetch_all(&pool).await.unwrap() {
        let (table, name): (String, String) = (row.get("of"), row.get("name"));
        let kind = match row.get::<String, _>("type").as_str() {
            "bigint" => "number",
            "bytea" => "bytes",
            "text" => "text",
            other => panic!("{table}.{name} is {other}"),
        };
        let required = row.get::<String, _>("nullable") == "NO";
        tables.entry(table).or_default().columns.push(format!("{name} {kind} {required}"));
    }
    let constraints = format!(
        "SELECT c.conrelid::regclass::text AS of, c.contype::text AS kind, {} AS columns,
                c.confrelid::regclass::text AS target, {} AS goals
         FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'f')",
        named("c.conkey", "c.conrelid"),
        named("c.confkey", "c.confrelid"),
    );
    for row in sqlx::query(sqlx::AssertSqlSafe(constraints)).fetch_all(&pool).await.unwrap() {
        let Some(table) = tables.get_mut(&row.get::<String, _>("of")) else { continue };
        let columns: String = row.get("columns");
        if row.get::<String, _>("kind") == "p" {
            table.primary_key = columns.split(',').map(str::to_owned).collect();
        } else {
            let (target, goals): (String, String) = (row.get("target"), row.get("goals"));
            table.foreign_keys.push(format!("{columns} -> {target} {goals}"));
        }
    }
    let indexes = format!(
        "SELECT i.indrelid::regclass::text AS of, {} AS columns FROM pg_index i
         JOIN pg_class t ON t.oid = i.indrelid
         WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary",
        named("i.indkey::smallint[]", "i.indrelid"),
    );
    for row in sqlx::query(sqlx::AssertSqlSafe(indexes)).fetch_all(&pool).await.unwrap() {
        if let Some(table) = tables.get_mut(&row.get::<String, _>("of")) {
            table.unique.push(row.get("columns"));
        }
    }
    for table in tables.values_mut() {
        table.foreign_keys.sort();
        table.unique.sort();
    }
    pool.close().await;
    tables
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_versions_tables_columns_and_keys() {
    crate::cluster::in_a_case(compare_tables()).await;
}

async fn compare_tables() {
    assert_eq!(versions("sqlite"), versions("postgres"));
    let (sqlite, postgres) = (Fresh::sqlite().await, Fresh::postgres().await);
    let (sqlite, postgres) = (tables_of_sqlite(&sqlite).await, tables_of_postgres(&postgres).await);
    assert!(sqlite.len() >= 12, "{:?}", sqlite.keys());
    assert!(sqlite.keys().eq(postgres.keys()), "{:?} {:?}", sqlite.keys(), postgres.keys());
    for (name, table) in &sqlite {
        assert_eq!(table, &postgres[name], "{name}");
    }
}

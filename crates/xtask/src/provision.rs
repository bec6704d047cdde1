//! Installs what a suite needs and the machine has not: parts of the Rust toolchain through rustup, Debian packages through apt-get (with sudo where we
//! are not root), PyPI packages into `.tools/venv`.
//!
//! Where there is no apt-get (or rustup) it says what to install and the suite fails. Nothing outside the
//! repository is touched by other means.

use std::path::{Path, PathBuf};

use crate::commands::{at_root, cargo, output_of, repository_root, run, succeeds};

/// Something a suite needs beyond the Rust toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// `cargo fmt` and `cargo clippy`, which a minimal toolchain leaves out.
    RustComponents,
    /// A C compiler and linker: SQLite is compiled from source.
    CCompiler,
    /// The programs of PostgreSQL, of which the tests of the store start servers of their own.
    PostgreSql,
    /// Patroni, etcd and openssl beside PostgreSQL, of which the cluster suite makes clusters of its own.
    Patroni,
    /// A PKCS#11 token in software, for the tests of keys in hardware.
    SoftHsm,
    /// The packages of `tests/outside/requirements.txt`, in a Python of their own.
    PythonTools,
}

/// Where the packages of `tests/outside/requirements.txt` are listed.
const REQUIREMENTS: &str = "tests/outside/requirements.txt";
/// Oldest Python the pinned packages install on.
const OLDEST_PYTHON_MINOR: u32 = 11;

/// Makes one need true, or says why that is not possible.
pub fn provide(need: Need) -> Result<(), String> {
    match need {
        Need::RustComponents => provide_rust_components(),
        Need::CCompiler => {
            provide_packages("a C compiler", &["build-essential"], || succeeds("cc", &["--version"]))
        }
        Need::PostgreSql => provide_packages("PostgreSQL", &["postgresql"], has_postgresql),
        Need::Patroni => provide_packages(
            "PostgreSQL, Patroni, etcd or openssl",
            &["postgresql", "patroni", "python3-etcd", "etcd-server", "openssl"],
            || {
                let programs: [(&str, &[&str]); 4] = [
                    ("patroni", &["--version"]),
                    ("etcd", &["--version"]),
                    ("openssl", &["version"]),
                    ("/usr/bin/python3", &["-c", "import etcd"]),
                ];
                has_postgresql() && programs.iter().all(|(program, words)| succeeds(program, words))
            },
        ),
        Need::SoftHsm => provide_packages("SoftHSM", &["softhsm2"], || {
            Path::new("/usr/lib/softhsm/libsofthsm2.so").exists() && succeeds("softhsm2-util", &["--version"])
        }),
        Need::PythonTools => provide_python_tools(),
    }
}

/// The `pytest` that [`Need::PythonTools`] installs.
pub fn pytest() -> PathBuf {
    tools_folder().join("bin/pytest")
}

/// Debian keeps its programs out of the search path, a folder for each version.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

fn tools_folder() -> PathBuf {
    repository_root().join(".tools/venv")
}

fn provide_rust_components() -> Result<(), String> {
    let is_there = || ["fmt", "clippy"].iter().all(|name| succeeds(&cargo(), &[name, "--version"]));
    if is_there() {
        return Ok(());
    }
    if !succeeds("rustup", &["--version"]) {
        return Err("rustfmt or clippy is missing. Please install them beside your Rust toolchain".to_owned());
    }
    run(&mut at_root("rustup", &["component", "add", "rustfmt", "clippy"]))?;
    if is_there() { Ok(()) } else { Err("rustfmt or clippy is missing though rustup added it".to_owned()) }
}

fn provide_packages(what: &str, packages: &[&str], is_there: impl Fn() -> bool) -> Result<(), String> {
    if is_there() {
        return Ok(());
    }
    if !succeeds("apt-get", &["--version"]) {
        return Err(format!("{what} is missing. Please install it (Debian's name: {})", packages.join(" ")));
    }
    apt_get(&["update", "-q"])?;
    apt_get(&[&["install", "-q", "-y", "--no-install-recommends"], packages].concat())?;
    if is_there() { Ok(()) } else { Err(format!("{what} is missing though {packages:?} are installed")) }
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let is_root = output_of(&mut at_root("id", &["-u"]))?.trim() == "0";
    let mut words = Vec::new();
    if !is_root {
        words.push("sudo");
        if std::env::var_os("CI").is_some() {
            words.push("--non-interactive");
        }
    }
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(arguments);
    run(&mut at_root(words[0], &words[1..]))
}

fn provide_python_tools() -> Result<(), String> {
    provide_packages("Python with its venv module", &["python3", "python3-venv"], || {
        succeeds("python3", &["-c", "import ensurepip, venv"])
    })?;
    let version = output_of(&mut at_root("python3", &["-c", "import sys; print(sys.version_info.minor)"]))?;
    let minor: u32 = version.trim().parse().map_err(|_| format!("python3 calls itself 3.{version}"))?;
    if minor < OLDEST_PYTHON_MINOR {
        return Err(format!("python3 is 3.{minor}; the tests need 3.{OLDEST_PYTHON_MINOR} or newer"));
    }
    let wanted = wanted_installation(&version)?;
    let folder = tools_folder();
    let receipt = folder.join("installed.txt");
    if std::fs::read_to_string(&receipt).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // One of the packages comes as source alone.
    provide_packages(
        "the headers of ICU and of Python",
        &["libicu-dev", "pkg-config", "python3-dev", "g++"],
        || {
            let header = "import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path('include') + '/Python.h'))";
            succeeds("pkg-config", &["--exists", "icu-i18n"])
                && succeeds("c++", &["--version"])
                && succeeds("python3", &["-c", header])
        },
    )?;
    install_python_tools(&folder)?;
    std::fs::write(&receipt, wanted).map_err(|e| format!("cannot write {}: {e}", receipt.display()))
}

/// What the receipt of a finished installation says; a change of the list or of Python asks for a new one.
fn wanted_installation(python_version: &str) -> Result<String, String> {
    let path = repository_root().join(REQUIREMENTS);
    let list = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(format!("{} with Python 3.{python_version}{list}", repository_root().display()))
}

fn install_python_tools(folder: &Path) -> Result<(), String> {
    let folder_text = folder.to_str().ok_or("the path of this repository is not UTF-8")?;
    run(&mut at_root("python3", &["-m", "venv", "--clear", folder_text]))?;
    let python = folder.join("bin/python");
    let mut install = at_root(python.to_str().unwrap_or_default(), &["-m", "pip", "install"]);
    install.args(["--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS]);
    run(&mut install)
}

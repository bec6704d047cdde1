//! The lossy disk's inner half: stands between a process and the C library and writes down what the process does to the
//! files of one directory. For tests: loaded with `LD_PRELOAD`, linked by nothing.
//!
//! Every change goes to the real file, so that the process reads what it wrote, and as a record into a log. No sync is
//! really made: its beginning and its end are records. Who cuts the power (kills the process) reads the log and works out
//! what a disk would hold (`barid_testkit::lossy_disk`).
//!
//! | variable | what it says |
//! |---|---|
//! | `LOSSY_ROOT` | the directory; without it the layer does nothing |
//! | `LOSSY_LOG` | the log; appended to, so that it can span processes |
//! | `LOSSY_SYNC_MICROS` | how long a sync takes |
//! | `LOSSY_EIO` | `NAME:N`: the N-th sync of a file whose name ends with NAME fails, once |
//! | `LOSSY_ROOM` | how many bytes files may grow by before the disk is full |
//! | `LOSSY_FORGETS_NAMES` | syncs of directories do nothing: a mutant |
//!
//! A record: length of what follows (4 bytes, little-endian, as all numbers), a letter, fields. `C` inode, path: made.
//! `D` inode, path: directory made. `U` path: removed. `R` length of the old path (4), old path, new path: renamed. `W`
//! inode, offset, bytes: written. `T` inode, length: cut or stretched. `B` number, inode: a sync begins. `E` number: it
//! ended. `X` number: it failed. `N`: the disk was full. Paths are relative to the directory, inodes and offsets 8 bytes.
//!
//! What goes unseen: writes through a mapping (SQLite maps `-shm` alone, which it makes anew after a crash), and modes.
//! What changes files in ways that aren't written down is refused with an abort, so that nothing is overlooked.

#![cfg(target_os = "linux")]

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libc::{iovec, mode_t, off_t, size_t, ssize_t};

/// The most descriptors a process may have open.
const DESCRIPTORS: usize = 4_096;

/// The inode behind each descriptor of a file of the directory; 0 for every other.
static INODES: [AtomicU64; DESCRIPTORS] = [const { AtomicU64::new(0) }; DESCRIPTORS];

struct Layer {
    root: Vec<u8>,
    log: c_int,
    syncs: u64,
    eio: Option<(Vec<u8>, u64)>,
    room: Option<u64>,
}

struct Settings {
    sync_micros: u32,
    forgets_names: bool,
    layer: Mutex<Layer>,
}

fn settings() -> Option<&'static Settings> {
    static SETTINGS: OnceLock<Option<Settings>> = OnceLock::new();
    SETTINGS.get_or_init(read_settings).as_ref()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_settings() -> Option<Settings> {
    let root = variable("LOSSY_ROOT")?.into_bytes();
    let log = std::ffi::CString::new(variable("LOSSY_LOG")?).ok()?;
    let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC;
    let log = raw_open(libc::AT_FDCWD, &log, flags, 0o600);
    if log < 0 {
        stop("the log can't be opened");
    }
    let eio = variable("LOSSY_EIO").and_then(|text| {
        let (name, number) = text.rsplit_once(':')?;
        Some((name.as_bytes().to_vec(), number.parse().ok()?))
    });
    let number = |name| variable(name).and_then(|text| text.parse().ok());
    // Numbers of syncs must differ between the processes that share a log.
    let syncs = u64::from(std::process::id()) << 32;
    Some(Settings {
        sync_micros: number("LOSSY_SYNC_MICROS").map_or(0, |micros| u32::try_from(micros).unwrap_or(0)),
        forgets_names: variable("LOSSY_FORGETS_NAMES").is_some(),
        layer: Mutex::new(Layer { root, log, syncs, eio, room: number("LOSSY_ROOM") }),
    })
}

/// Ends the process: going on would show a disk that no process had.
fn stop(why: &str) -> ! {
    let text = format!("lossy disk: {why}\n");
    // SAFETY: the pointer and the length are those of a live string.
    unsafe { libc::syscall(libc::SYS_write, 2, text.as_ptr(), text.len()) };
    std::process::abort()
}

impl Settings {
    fn layer(&self) -> MutexGuard<'_, Layer> {
        self.layer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layer {
    /// The path below the directory; empty for the directory itself. `None` for what lies elsewhere.
    fn inside<'p>(&self, path: &'p CStr) -> Option<&'p [u8]> {
        match path.to_bytes().strip_prefix(self.root.as_slice())? {
            [] => Some(&[]),
            [b'/', rest @ ..] => Some(rest.strip_suffix(b"/").unwrap_or(rest)),
            _ => None,
        }
    }

    /// Like `inside`, for calls that may name a path relative to an open directory: below ours that is refused.
    fn inside_at<'p>(&self, at: c_int, path: &'p CStr) -> Option<&'p [u8]> {
        let relative = !path.to_bytes().starts_with(b"/");
        if relative && at != libc::AT_FDCWD && path_of(at).starts_with(&self.root) {
            stop("a path relative to a directory");
        }
        self.inside(path)
    }

    fn record(&self, letter: u8, fields: &[&[u8]]) {
        let length = 1 + fields.iter().map(|field| field.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(4 + length);
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(0).to_le_bytes());
        bytes.push(letter);
        fields.iter().for_each(|field| bytes.extend_from_slice(field));
        // SAFETY: the pointer and the length are those of a live vector.
        let written = unsafe { libc::syscall(libc::SYS_write, self.log, bytes.as_ptr(), bytes.len()) };
        if written != bytes.len() as c_long {
            stop("the log can't be written");
        }
    }

    /// How many of `wanted` bytes at `offset` the disk has room for.
    fn room_for(&mut self, fd: c_int, offset: u64, wanted: usize) -> usize {
        let Some(room) = self.room else { return wanted };
        let length = look_at(fd).1;
        let grows = (offset + wanted as u64).saturating_sub(length.max(offset));
        if grows > room {
            self.record(b'N', &[]);
        }
        let refused = grows.saturating_sub(room);
        self.room = Some(room - (grows - refused));
        wanted - refused as usize
    }

    /// Counts a sync of the file; `true` where it is the one that fails.
    fn fails(&mut self, fd: c_int) -> bool {
        let Some((name, left)) = &mut self.eio else { return false };
        if !path_of(fd).ends_with(name) {
            return false;
        }
        *left = left.saturating_sub(1);
        let fails = *left == 0;
        if fails {
            self.eio = None;
        }
        fails
    }
}

fn inode_of(fd: c_int) -> Option<u64> {
    let inode = INODES.get(usize::try_from(fd).ok()?)?.load(Ordering::Acquire);
    (inode != 0).then_some(inode)
}

fn remember(fd: c_int, inode: u64) {
    match usize::try_from(fd).ok().and_then(|fd| INODES.get(fd)) {
        Some(place) => place.store(inode, Ordering::Release),
        None if inode != 0 => stop("too many descriptors"),
        None => {}
    }
}

/// The inode, the length and the mode of an open file.
fn look_at(fd: c_int) -> (u64, u64, mode_t) {
    // SAFETY: all zeros is a value of this structure of numbers, and `fstat` gets a pointer to it while it lives.
    let (state, answer) = unsafe {
        let mut state: libc::stat = std::mem::zeroed();
        let answer = libc::fstat(fd, &mut state);
        (state, answer)
    };
    if answer != 0 {
        stop("a file can't be looked at");
    }
    (state.st_ino, state.st_size.unsigned_abs(), state.st_mode)
}

/// The path of an open file, as the system tells it.
fn path_of(fd: c_int) -> Vec<u8> {
    let link = format!("/proc/self/fd/{fd}\0");
    let mut path = vec![0; 4_096];
    // SAFETY: the link ends with a zero byte, and the buffer is as long as is said.
    let length = unsafe {
        libc::syscall(libc::SYS_readlinkat, libc::AT_FDCWD, link.as_ptr(), path.as_mut_ptr(), path.len())
    };
    path.truncate(usize::try_from(length).unwrap_or(0));
    path
}

fn fail(error: c_int) -> c_int {
    // SAFETY: the C library's place for this thread's error number is always there.
    unsafe { *libc::__errno_location() = error };
    -1
}

fn raw_open(at: c_int, path: &CStr, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the path is a whole C string, the rest are numbers.
    unsafe { libc::syscall(libc::SYS_openat, at, path.as_ptr(), flags, mode) as c_int }
}

fn opens(at: c_int, path: &CStr, flags: c_int, mode: mode_t) -> c_int {
    let Some(settings) = settings() else { return raw_open(at, path, flags, mode) };
    let layer = settings.layer();
    let Some(name) = layer.inside_at(at, path) else { return raw_open(at, path, flags, mode) };
    // Opened first without making it: so it is known whether it was there.
    let there = raw_open(at, path, flags & !(libc::O_CREAT | libc::O_EXCL | libc::O_TRUNC), mode);
    if there >= 0 && flags & libc::O_EXCL == 0 {
        let (inode, length, _) = look_at(there);
        remember(there, inode);
        if flags & libc::O_TRUNC != 0 && length > 0 {
            // SAFETY: numbers alone.
            unsafe { libc::syscall(libc::SYS_ftruncate, there, 0) };
            layer.record(b'T', &[&inode.to_le_bytes(), &0_u64.to_le_bytes()]);
        }
        return there;
    }
    if there >= 0 {
        // SAFETY: a descriptor of our own, closed once.
        unsafe { libc::syscall(libc::SYS_close, there) };
        return if flags & libc::O_CREAT != 0 { fail(libc::EEXIST) } else { raw_open(at, path, flags, mode) };
    }
    let made = raw_open(at, path, flags, mode);
    if made >= 0 {
        let (inode, ..) = look_at(made);
        remember(made, inode);
        layer.record(b'C', &[&inode.to_le_bytes(), name]);
    }
    made
}

/// Writes at an offset, or where the descriptor stands.
fn writes(fd: c_int, bytes: &[u8], offset: Option<u64>) -> ssize_t {
    // SAFETY: the pointer is that of a live slice at least as long as is said.
    let raw = |length: usize| unsafe {
        match offset {
            Some(at) => libc::syscall(libc::SYS_pwrite64, fd, bytes.as_ptr(), length, at),
            None => libc::syscall(libc::SYS_write, fd, bytes.as_ptr(), length),
        }
    };
    let (Some(settings), Some(inode)) = (settings(), inode_of(fd)) else {
        return raw(bytes.len()) as ssize_t;
    };
    let mut layer = settings.layer();
    let at = offset.unwrap_or_else(|| place_of(fd));
    let fits = layer.room_for(fd, at, bytes.len());
    if fits == 0 && !bytes.is_empty() {
        return fail(libc::ENOSPC) as ssize_t;
    }
    let written = raw(fits) as ssize_t;
    if let Ok(count @ 1..) = usize::try_from(written) {
        // A file that is appended to tells its place only now.
        let at = offset.unwrap_or_else(|| place_of(fd).saturating_sub(count as u64));
        layer.record(b'W', &[&inode.to_le_bytes(), &at.to_le_bytes(), &bytes[..count]]);
    }
    written
}

fn place_of(fd: c_int) -> u64 {
    // SAFETY: numbers alone.
    u64::try_from(unsafe { libc::syscall(libc::SYS_lseek, fd, 0, libc::SEEK_CUR) }).unwrap_or(0)
}

fn writes_all(fd: c_int, parts: &[iovec], mut offset: Option<u64>) -> ssize_t {
    let mut total = 0;
    for part in parts.iter().filter(|part| part.iov_len > 0) {
        // SAFETY: the caller of `writev` promises that each part is readable for its length.
        let bytes = unsafe { std::slice::from_raw_parts(part.iov_base.cast::<u8>(), part.iov_len) };
        let written = writes(fd, bytes, offset);
        if written < 0 {
            return if total > 0 { total } else { written };
        }
        total += written;
        offset = offset.map(|at| at + written.unsigned_abs() as u64);
        if written.unsigned_abs() < part.iov_len {
            break;
        }
    }
    total
}

fn stretches(fd: c_int, length: off_t) -> c_int {
    // SAFETY: numbers alone.
    let raw = || unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) } as c_int;
    let (Some(settings), Some(inode)) = (settings(), inode_of(fd)) else { return raw() };
    let mut layer = settings.layer();
    let before = look_at(fd).1;
    let grows = length.unsigned_abs().saturating_sub(before) as usize;
    if layer.room_for(fd, before, grows) < grows {
        return fail(libc::ENOSPC);
    }
    let answer = raw();
    if answer == 0 {
        layer.record(b'T', &[&inode.to_le_bytes(), &length.unsigned_abs().to_le_bytes()]);
    }
    answer
}

fn syncs(fd: c_int, raw: c_long) -> c_int {
    let (Some(settings), Some(inode)) = (settings(), inode_of(fd)) else {
        // SAFETY: numbers alone.
        return unsafe { libc::syscall(raw, fd) } as c_int;
    };
    if settings.forgets_names && look_at(fd).2 & libc::S_IFMT == libc::S_IFDIR {
        return 0;
    }
    let mut layer = settings.layer();
    layer.syncs += 1;
    let number = layer.syncs.to_le_bytes();
    let fails = layer.fails(fd);
    layer.record(b'B', &[&number, &inode.to_le_bytes()]);
    drop(layer);
    // SAFETY: a number alone.
    unsafe { libc::usleep(settings.sync_micros) };
    let layer = settings.layer();
    layer.record(if fails { b'X' } else { b'E' }, &[&number]);
    if fails { fail(libc::EIO) } else { 0 }
}

/// Makes a change to names and writes it down where it worked.
fn renames(from_at: c_int, from: &CStr, to_at: c_int, to: &CStr, flags: c_uint) -> c_int {
    let raw = || {
        let (from, to) = (from.as_ptr(), to.as_ptr());
        // SAFETY: two whole C strings and numbers.
        unsafe { libc::syscall(libc::SYS_renameat2, from_at, from, to_at, to, flags) as c_int }
    };
    let Some(settings) = settings() else { return raw() };
    let layer = settings.layer();
    match (layer.inside(from), layer.inside(to)) {
        (None, None) => raw(),
        (Some(old), Some(new)) if flags == 0 => {
            let answer = raw();
            if answer == 0 {
                layer.record(b'R', &[&(old.len() as u32).to_le_bytes(), old, new]);
            }
            answer
        }
        _ => stop("a rename that is not written down"),
    }
}

fn removes(at: c_int, path: &CStr, flags: c_int) -> c_int {
    // SAFETY: a whole C string and numbers.
    let raw = || unsafe { libc::syscall(libc::SYS_unlinkat, at, path.as_ptr(), flags) as c_int };
    let Some(settings) = settings() else { return raw() };
    let layer = settings.layer();
    let Some(name) = layer.inside_at(at, path) else { return raw() };
    let answer = raw();
    if answer == 0 {
        layer.record(b'U', &[name]);
    }
    answer
}

fn makes_directory(at: c_int, path: &CStr, mode: mode_t) -> c_int {
    // SAFETY: a whole C string and numbers.
    let raw = || unsafe { libc::syscall(libc::SYS_mkdirat, at, path.as_ptr(), mode) as c_int };
    let Some(settings) = settings() else { return raw() };
    let layer = settings.layer();
    let Some(name) = layer.inside_at(at, path) else { return raw() };
    let answer = raw();
    if answer == 0 {
        let made = raw_open(at, path, libc::O_RDONLY | libc::O_CLOEXEC, 0);
        layer.record(b'D', &[&look_at(made).0.to_le_bytes(), name]);
        // SAFETY: a descriptor of our own, closed once.
        unsafe { libc::syscall(libc::SYS_close, made) };
    }
    answer
}

/// Refuses what is not written down, where it is about a file of the directory.
fn refuse(fd: c_int, what: &str) {
    if inode_of(fd).is_some() {
        stop(what);
    }
}

/// Gives the C string behind an argument.
///
/// # Safety
/// What the C library asks of its callers: a pointer to bytes that end with a zero.
unsafe fn text<'p>(path: *const c_char) -> &'p CStr {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(path) }
}

/// Gives the bytes behind an argument.
///
/// # Safety
/// What the C library asks of its callers: `length` readable bytes.
unsafe fn bytes<'p>(start: *const c_void, length: size_t) -> &'p [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start.cast(), length) }
}

/// Gives the parts behind an argument.
///
/// # Safety
/// What the C library asks of its callers: `count` readable parts.
unsafe fn parts<'p>(start: *const iovec, count: c_int) -> &'p [iovec] {
    match usize::try_from(count) {
        // SAFETY: the caller's promise.
        Ok(count @ 1..) => unsafe { std::slice::from_raw_parts(start, count) },
        _ => &[],
    }
}

/// Exports functions under the C library's names. The callers are C code and promise what the C library asks of them;
/// `open` and `fcntl` take their last argument where a function of fixed arguments has it (x86-64, AArch64).
macro_rules! in_place_of {
    ($($name:ident ($($argument:ident : $kind:ty),*) -> $answer:ty $body:block)*) => {$(
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $kind),*) -> $answer {
            // SAFETY: what is done with pointers here rests on the caller's promises to the C library.
            #[allow(unused_unsafe)]
            unsafe { $body }
        }
    )*};
}

in_place_of! {
    open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int { opens(libc::AT_FDCWD, text(path), flags, mode) }
    open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int { opens(libc::AT_FDCWD, text(path), flags, mode) }
    openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int { opens(at, text(path), flags, mode) }
    openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int { opens(at, text(path), flags, mode) }
    creat(path: *const c_char, mode: mode_t) -> c_int {
        opens(libc::AT_FDCWD, text(path), libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC, mode)
    }
    close(fd: c_int) -> c_int {
        remember(fd, 0);
        libc::syscall(libc::SYS_close, fd) as c_int
    }
    fcntl(fd: c_int, command: c_int, argument: usize) -> c_int { controls(fd, command, argument) }
    fcntl64(fd: c_int, command: c_int, argument: usize) -> c_int { controls(fd, command, argument) }

    write(fd: c_int, start: *const c_void, length: size_t) -> ssize_t { writes(fd, bytes(start, length), None) }
    pwrite(fd: c_int, start: *const c_void, length: size_t, at: off_t) -> ssize_t {
        writes(fd, bytes(start, length), Some(at.unsigned_abs()))
    }
    pwrite64(fd: c_int, start: *const c_void, length: size_t, at: off_t) -> ssize_t {
        writes(fd, bytes(start, length), Some(at.unsigned_abs()))
    }
    writev(fd: c_int, start: *const iovec, count: c_int) -> ssize_t { writes_all(fd, parts(start, count), None) }
    pwritev(fd: c_int, start: *const iovec, count: c_int, at: off_t) -> ssize_t {
        writes_all(fd, parts(start, count), Some(at.unsigned_abs()))
    }
    pwritev64(fd: c_int, start: *const iovec, count: c_int, at: off_t) -> ssize_t {
        writes_all(fd, parts(start, count), Some(at.unsigned_abs()))
    }
    ftruncate(fd: c_int, length: off_t) -> c_int { stretches(fd, length) }
    ftruncate64(fd: c_int, length: off_t) -> c_int { stretches(fd, length) }
    fsync(fd: c_int) -> c_int { syncs(fd, libc::SYS_fsync) }
    fdatasync(fd: c_int) -> c_int { syncs(fd, libc::SYS_fdatasync) }

    rename(from: *const c_char, to: *const c_char) -> c_int {
        renames(libc::AT_FDCWD, text(from), libc::AT_FDCWD, text(to), 0)
    }
    renameat(from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char) -> c_int {
        renames(from_at, text(from), to_at, text(to), 0)
    }
    renameat2(from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char, flags: c_uint) -> c_int {
        renames(from_at, text(from), to_at, text(to), flags)
    }
    unlink(path: *const c_char) -> c_int { removes(libc::AT_FDCWD, text(path), 0) }
    unlinkat(at: c_int, path: *const c_char, flags: c_int) -> c_int { removes(at, text(path), flags) }
    rmdir(path: *const c_char) -> c_int { removes(libc::AT_FDCWD, text(path), libc::AT_REMOVEDIR) }
    mkdir(path: *const c_char, mode: mode_t) -> c_int { makes_directory(libc::AT_FDCWD, text(path), mode) }
    mkdirat(at: c_int, path: *const c_char, mode: mode_t) -> c_int { makes_directory(at, text(path), mode) }

    dup(fd: c_int) -> c_int { controls(fd, libc::F_DUPFD, 0) }
    truncate(path: *const c_char, length: off_t) -> c_int {
        let fd = opens(libc::AT_FDCWD, text(path), libc::O_WRONLY | libc::O_CLOEXEC, 0);
        if fd < 0 {
            return fd;
        }
        let answer = stretches(fd, length);
        close(fd);
        answer
    }
    fallocate(fd: c_int, mode: c_int, at: off_t, length: off_t) -> c_int {
        refuse(fd, "fallocate");
        libc::syscall(libc::SYS_fallocate, fd, mode, at, length) as c_int
    }
    posix_fallocate(fd: c_int, at: off_t, length: off_t) -> c_int {
        refuse(fd, "posix_fallocate");
        if libc::syscall(libc::SYS_fallocate, fd, 0, at, length) == 0 { 0 } else { *libc::__errno_location() }
    }
    copy_file_range(
        from: c_int, from_at: *mut off_t, to: c_int, to_at: *mut off_t, length: size_t, flags: c_uint
    ) -> ssize_t {
        refuse(to, "copy_file_range");
        libc::syscall(libc::SYS_copy_file_range, from, from_at, to, to_at, length, flags) as ssize_t
    }
    sendfile(to: c_int, from: c_int, at: *mut off_t, length: size_t) -> ssize_t {
        refuse(to, "sendfile");
        libc::syscall(libc::SYS_sendfile, to, from, at, length) as ssize_t
    }
    syncfs(fd: c_int) -> c_int {
        refuse(fd, "syncfs");
        libc::syscall(libc::SYS_syncfs, fd) as c_int
    }
}

/// A copy of a descriptor stands for the same file; every other command goes on as it is.
fn controls(fd: c_int, command: c_int, argument: usize) -> c_int {
    // SAFETY: what the argument is follows from the command, and is the caller's promise.
    let answer = unsafe { libc::syscall(libc::SYS_fcntl, fd, command, argument) } as c_int;
    if answer >= 0
        && matches!(command, libc::F_DUPFD | libc::F_DUPFD_CLOEXEC)
        && let Some(inode) = inode_of(fd)
    {
        remember(answer, inode);
    }
    answer
}

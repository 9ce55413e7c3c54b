//! The program: parse, run, exit code.

/// Reports are many small pieces: glibc's allocator, and more so musl's, took a fifth of a large review.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    plinth::run::main()
}

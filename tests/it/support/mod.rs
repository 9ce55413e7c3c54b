//! What the tests share.

pub(crate) mod account;
pub(crate) mod checkout;
pub(crate) mod contracts;
pub(crate) mod fake_github;
pub(crate) mod golden;
pub(crate) mod runner;
pub(crate) mod sandbox;

/// Whether a check that needs something from outside can run; says so where it cannot.
///
/// With `PLINTH_REQUIRE_ALL` set, what is missing is a failure.
#[expect(clippy::disallowed_methods, reason = "the one switch of optional checks")]
pub(crate) fn available(what: &str, found: bool) -> bool {
    if !found {
        assert!(std::env::var_os("PLINTH_REQUIRE_ALL").is_none(), "{what} is required here and missing");
        #[expect(clippy::print_stderr, reason = "whoever runs the tests must know")]
        {
            eprintln!("left out: {what} is not there");
        }
    }
    found
}

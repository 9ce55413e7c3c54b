//! The one comment, and everything else that is asked of a forge, against a fake of GitHub whose
//! every exchange is checked against the description of the API.

use std::{error::Error as _, time::Duration};

use plinth::{
    error::{Error, Kind},
    forge::{
        Forge, Posted, connect,
        github::{GitHub, Patience},
        sticky::{self, Outcome, Slot},
    },
    platform::{ForgeId, Repository},
    secret::Secret,
};
use proptest::prelude::*;

use crate::support::{
    contracts::OpenApi,
    fake_github::{FakeGitHub, Fault, REPOSITORY, TOKEN},
};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PULL: u64 = 7;

fn quick() -> Patience {
    Patience {
        answer: Duration::from_secs(10),
        repeat: Duration::from_millis(1),
        between_writes: Duration::ZERO,
        total: Duration::from_secs(5),
    }
}

fn repository(api_url: &str, token: Option<&str>) -> Repository {
    Repository {
        forge: ForgeId::GitHub,
        name: REPOSITORY.to_owned(),
        default_branch: None,
        api_url: api_url.to_owned(),
        server_url: "https://github.example.com".to_owned(),
        token: token.map(Secret::from),
    }
}

fn client(fake: &FakeGitHub, token: &str) -> GitHub {
    GitHub::connect(&repository(&fake.url(), Some(token)), quick()).expect("a client")
}

fn fake() -> FakeGitHub {
    let fake = FakeGitHub::start();
    fake.open_pull(PULL, HEAD);
    fake
}

fn slot(run: u64) -> Slot {
    Slot { project: "db/migrations".to_owned(), kind: "review".to_owned(), head: HEAD.to_owned(), run }
}

async fn upsert(fake: &FakeGitHub, run: u64, body: &str) -> Result<Outcome, Error> {
    sticky::upsert(&client(fake, TOKEN), PULL, &slot(run), body).await
}

/// What a person would see of an error.
fn shown(error: &Error) -> String {
    [&[error.to_string()], &error.causes()[..], error.hints()].concat().join("\n")
}

fn bodies(fake: &FakeGitHub) -> Vec<String> {
    let comments = fake.comments(PULL).into_iter();
    comments
        .map(|comment| comment.body.split_once('\n').map_or(String::new(), |(_, body)| body.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_comment_is_created_then_changed_then_left_alone() {
    let fake = fake();
    let created = upsert(&fake, 1, "first").await.unwrap();
    let updated = upsert(&fake, 2, "second").await.unwrap();
    let unchanged = upsert(&fake, 3, "second").await.unwrap();
    let Outcome::Created(url) = created else { panic!("{created:?}") };
    assert!(url.contains("/pull/7#issuecomment-"), "{url}");
    assert_eq!((updated, unchanged), (Outcome::Updated(url.clone()), Outcome::Unchanged(url)));
    assert_eq!(bodies(&fake), ["second"]);
    assert_eq!(
        fake.requests(),
        [
            "GET /issues/7/comments",
            "POST /issues/7/comments",
            "GET /issues/7/comments",
            "PATCH /issues/comments/9001",
            "GET /issues/7/comments"
        ]
    );
    fake.assert_contracts();
}

#[tokio::test]
async fn an_older_run_never_overwrites_a_newer_one() {
    let fake = fake();
    upsert(&fake, 20, "newer").await.unwrap();
    assert!(matches!(upsert(&fake, 19, "older").await.unwrap(), Outcome::Superseded(_)));
    assert_eq!(bodies(&fake), ["newer"]);
    assert!(matches!(upsert(&fake, 20, "the same run again").await.unwrap(), Outcome::Updated(_)));
    fake.assert_contracts();
}

#[tokio::test]
async fn a_comment_of_a_newer_plinth_is_left_alone() {
    let fake = fake();
    let marker = "<!-- plinth {\"v\":2,\"project\":\"db/migrations\",\"kind\":\"review\",\"new\":1} -->";
    fake.comment_as("github-actions[bot]", PULL, &format!("{marker}\nfrom the future"));
    assert!(matches!(upsert(&fake, 1, "old").await.unwrap(), Outcome::Refused { .. }));
    assert_eq!(bodies(&fake), ["from the future"]);
}

#[tokio::test]
async fn projects_and_kinds_have_a_comment_each() {
    let fake = fake();
    let forge = client(&fake, TOKEN);
    for (project, kind) in [("a", "review"), ("b", "review"), ("a", "apply"), ("a", "review")] {
        let slot = Slot { project: project.to_owned(), kind: kind.to_owned(), ..slot(1) };
        sticky::upsert(&forge, PULL, &slot, &format!("{project} {kind}")).await.unwrap();
    }
    assert_eq!(bodies(&fake), ["a review", "b review", "a apply"]);
}

#[tokio::test]
async fn of_copies_the_oldest_stays() {
    let fake = fake();
    upsert(&fake, 1, "x").await.unwrap();
    let text = fake.comments(PULL)[0].body.clone();
    fake.comment_as("github-actions[bot]", PULL, &text);
    fake.comment_as("github-actions[bot]", PULL, &text);
    let first = fake.comments(PULL)[0].id;
    assert!(matches!(upsert(&fake, 2, "x").await.unwrap(), Outcome::Unchanged(_)));
    let left: Vec<_> = fake.comments(PULL).iter().map(|comment| comment.id).collect();
    assert_eq!(left, [first]);
    fake.assert_contracts();
}

#[tokio::test]
async fn a_comment_behind_many_pages_is_found() {
    let fake = fake();
    for number in 0..230 {
        fake.comment_as("ada", PULL, &format!("comment {number}"));
    }
    upsert(&fake, 1, "x").await.unwrap();
    for number in 0..230 {
        fake.comment_as("ada", PULL, &format!("more {number}"));
    }
    assert!(matches!(upsert(&fake, 2, "y").await.unwrap(), Outcome::Updated(_)));
    assert_eq!(fake.comments(PULL).len(), 461);
    let notes = client(&fake, TOKEN).notes(PULL).await.unwrap();
    assert_eq!(notes.len(), 461);
    assert!(notes.is_sorted_by_key(|note| note.id));
    assert_eq!(notes.iter().filter(|note| note.own).count(), 1);
    fake.assert_contracts();
}

#[tokio::test]
async fn the_marker_of_somebody_else_is_not_ours() {
    let fake = fake();
    upsert(&fake, 1, "x").await.unwrap();
    let stolen = fake.comments(PULL)[0].body.clone();
    let fake = self::fake();
    fake.comment_as("mallory", PULL, &stolen.replace("\"run\":\"1\"", "\"run\":\"999999\""));
    assert!(matches!(upsert(&fake, 2, "ours").await.unwrap(), Outcome::Created(_)));
    assert_eq!(fake.comments(PULL)[0].author, "mallory");
    assert!(fake.comments(PULL)[0].body.ends_with("\nx"), "it was not touched");
}

#[tokio::test]
async fn a_marker_in_the_sql_of_a_body_means_nothing() {
    let fake = fake();
    upsert(&fake, 1, "x").await.unwrap();
    let marker =
        fake.comments(PULL)[0].body.lines().next().unwrap().replace("\"run\":\"1\"", "\"run\":\"999999\"");
    let other = marker.replace("db/migrations", "other");
    // The hostile text is as near to the start of a body as our own rendering can ever bring it.
    for body in
        [format!("{marker}\nDROP TABLE a;"), format!("{other}\n{marker}"), format!("```sql\n{marker}\n```")]
    {
        assert!(matches!(upsert(&fake, 2, &body).await.unwrap(), Outcome::Updated(_)));
        assert_eq!(bodies(&fake), [body]);
    }
    let elsewhere = Slot { project: "other".to_owned(), ..slot(1) };
    let outcome = sticky::upsert(&client(&fake, TOKEN), PULL, &elsewhere, "o").await.unwrap();
    assert!(matches!(outcome, Outcome::Created(_)), "the marker of `other` in a body is not a comment of it");
}

#[tokio::test]
async fn tokens_of_runs_apps_and_people_know_their_own_comments() {
    for (login, token) in [
        ("github-actions[bot]", None),
        ("ada", Some(FakeGitHub::token_of as fn(&FakeGitHub, &str) -> String)),
        ("plinth-app[bot]", Some(FakeGitHub::app_token_of)),
    ] {
        let fake = fake();
        for author in ["github-actions[bot]", "ada", "plinth-app[bot]"] {
            fake.comment_as(author, PULL, author);
        }
        let token = token.map_or(TOKEN.to_owned(), |make| make(&fake, login));
        let notes = client(&fake, &token).notes(PULL).await.unwrap();
        let own: Vec<_> = notes.iter().filter(|note| note.own).map(|note| note.body.as_str()).collect();
        assert_eq!(own, [login]);
        fake.assert_contracts();
    }
}

#[tokio::test]
async fn a_token_that_does_not_tell_its_owner_is_taken_for_the_runs() {
    for fault in [Fault::Status(403), Fault::Status(404), Fault::Garbage, Fault::Foreign, Fault::Nothing] {
        let fake = fake();
        fake.fault("POST", "/graphql", fault, 9);
        fake.comment_as("github-actions[bot]", PULL, "x");
        let notes = client(&fake, TOKEN).notes(PULL).await.unwrap();
        assert!(notes[0].own, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_never_leads_to_a_second_comment() {
    for fault in
        [Fault::Lost, Fault::LostBehindProxy, Fault::Garbage, Fault::Nothing, Fault::Cut, Fault::Status(500)]
    {
        let fake = fake();
        fake.fault("POST", "/comments", fault, 1);
        assert!(matches!(upsert(&fake, 1, "x").await.unwrap(), Outcome::Created(_)), "{fault:?}");
        assert_eq!(bodies(&fake), ["x"], "{fault:?}");
        fake.assert_contracts();
    }
}

#[tokio::test]
async fn a_post_is_sent_at_most_twice() {
    let fake = fake();
    fake.fault("POST", "/comments", Fault::Status(502), 9);
    let error = upsert(&fake, 1, "x").await.unwrap_err();
    assert_eq!(error.message(), "GitHub refuses to write the comment: the server answers 502");
    assert_eq!(fake.requests().iter().filter(|request| request.starts_with("POST")).count(), 2);
}

#[tokio::test]
async fn what_can_be_repeated_is_repeated() {
    for fault in [Fault::Status(502), Fault::Cut, Fault::Lost] {
        let fake = fake();
        upsert(&fake, 1, "x").await.unwrap();
        fake.fault("GET", "/comments", fault, 2);
        fake.fault("PATCH", "/comments", fault, 2);
        assert!(matches!(upsert(&fake, 2, "y").await.unwrap(), Outcome::Updated(_)), "{fault:?}");
        assert_eq!(bodies(&fake), ["y"]);
        fake.assert_contracts();
    }
}

#[tokio::test]
async fn limits_are_waited_for_where_the_wait_is_bearable() {
    for fault in [Fault::Limited(0), Fault::Secondary(Some(0)), Fault::Exhausted(0)] {
        let fake = fake();
        fake.fault("GET", "/comments", fault, 1);
        fake.fault("POST", "/comments", fault, 1);
        assert!(matches!(upsert(&fake, 1, "x").await.unwrap(), Outcome::Created(_)), "{fault:?}");
        assert_eq!(bodies(&fake), ["x"]);
        fake.assert_contracts();
    }
    for fault in [Fault::Limited(4000), Fault::Secondary(None), Fault::Exhausted(4000)] {
        let fake = fake();
        fake.fault("POST", "/comments", fault, 1);
        let error = upsert(&fake, 1, "x").await.unwrap_err();
        assert_eq!(
            error.message(),
            "GitHub refuses to write the comment: the rate limit is used up",
            "{fault:?}"
        );
        assert!(error.hints()[0].contains("seconds; run the job again"), "{:?}", error.hints());
        fake.assert_contracts();
    }
}

#[tokio::test]
async fn every_refusal_is_an_error_that_says_what_to_do() {
    let mut text = String::new();
    for (fault, method) in [
        (Fault::Status(401), "GET"),
        (Fault::Status(403), "GET"),
        (Fault::Status(403), "POST"),
        (Fault::Status(404), "POST"),
        (Fault::Status(410), "POST"),
        (Fault::Status(422), "POST"),
        (Fault::Status(500), "GET"),
        (Fault::Garbage, "GET"),
        (Fault::Foreign, "GET"),
        (Fault::Nothing, "GET"),
    ] {
        let fake = fake();
        fake.fault(method, "/comments", fault, 9);
        let error = upsert(&fake, 1, "x").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Outside);
        text.push_str(&format!("# {method} {fault:?}\n{}\n\n", shown(&error)));
        assert_eq!(bodies(&fake), [""; 0]);
        fake.assert_contracts();
    }
    assert!(!text.contains(TOKEN));
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_never_answers_is_an_error_in_time() {
    let fake = fake();
    fake.fault("GET", "/comments", Fault::Hang, 9);
    let hasty = Patience { answer: Duration::from_millis(50), ..quick() };
    let forge = GitHub::connect(&repository(&fake.url(), Some(TOKEN)), hasty).unwrap();
    let error = forge.notes(PULL).await.unwrap_err();
    assert_eq!(shown(&error), "GitHub does not answer, asked to list the comments\nno answer within 50ms");

    let forge = GitHub::connect(&repository("http://127.0.0.1:1", Some(TOKEN)), quick()).unwrap();
    let error = forge.notes(PULL).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Outside);
    assert!(shown(&error).contains("Connection refused"), "{}", shown(&error));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_fork_that_can_only_read_is_told_the_permission() {
    let fake = fake();
    fake.read_only();
    let error = upsert(&fake, 1, "x").await.unwrap_err();
    assert!(error.message().contains("Resource not accessible by integration (403)"), "{error}");
    assert!(shown(&error).contains("`pull-requests: write`"), "{}", shown(&error));
    fake.assert_contracts();
}

#[tokio::test]
async fn a_comment_may_be_as_long_as_the_forge_takes_and_no_longer() {
    let fake = fake();
    let forge = client(&fake, TOKEN);
    let room = sticky::room(&forge, &slot(1));
    let longest = "x".repeat(room);
    assert!(matches!(upsert(&fake, 1, &longest).await.unwrap(), Outcome::Created(_)));
    let error = upsert(&fake, 2, &format!("{longest}x")).await.unwrap_err();
    assert!(error.message().contains("longer than the 65536"), "{error}");
    assert!(
        matches!(forge.create(PULL, &"x".repeat(65_537)).await, Err(error) if error.message().contains("too long"))
    );
    fake.assert_contracts();
}

#[tokio::test]
async fn github_com_has_no_prefix() {
    let fake = fake();
    let forge = connect(&repository(&fake.url_without_prefix(), Some(TOKEN))).unwrap();
    assert!(matches!(forge.create(PULL, "x").await.unwrap(), Posted::Done(note) if note.own));
    fake.assert_contracts();
}

#[tokio::test]
async fn the_pull_requests_of_a_commit_are_told() {
    let fake = fake();
    let (merge, other) = ("d".repeat(40), "c".repeat(40));
    fake.open_pull(8, &other);
    fake.add_commit(8, HEAD);
    fake.merge(PULL, &merge);
    let forge = client(&fake, TOKEN);
    let numbers = async |commit: &str| {
        let pulls = forge.pulls_of(commit).await.unwrap();
        pulls.into_iter().map(|pull| (pull.number, pull.merged, pull.merge_commit)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&merge).await, [(PULL, true, Some(merge.clone()))]);
    assert_eq!(numbers(HEAD).await, [(PULL, true, Some(merge.clone())), (8, false, None)]);
    assert_eq!(numbers(&"9".repeat(40)).await, []);
    let pull = &forge.pulls_of(&merge).await.unwrap()[0];
    assert_eq!((pull.head.as_str(), pull.base_branch.as_str()), (HEAD, "main"));

    fake.fault("GET", "/pulls", Fault::Status(409), 1);
    assert_eq!(numbers(HEAD).await, [], "an empty repository has none");
    fake.assert_contracts();
}

#[tokio::test]
async fn the_tip_of_a_branch_is_told() {
    let fake = fake();
    fake.set_branch("release/ü 1", HEAD);
    let forge = client(&fake, TOKEN);
    assert_eq!(forge.tip("release/ü 1").await.unwrap(), HEAD);
    let error = forge.tip("nowhere").await.unwrap_err();
    assert_eq!(error.message(), "GitHub has no branch `nowhere`");
    fake.assert_contracts();
}

#[tokio::test]
async fn files_of_every_size_are_read() {
    let fake = fake();
    let large: Vec<u8> = (0..1_200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    fake.put_file(HEAD, "m/ü #1.sql", "SELECT 1;\n".repeat(30));
    fake.put_file(HEAD, "m/large", large.clone());
    fake.put_file(HEAD, "m/empty", "");
    let forge = client(&fake, TOKEN);
    let file = async |path: &str| forge.file(HEAD, path).await.unwrap();
    assert_eq!(file("m/ü #1.sql").await, Some("SELECT 1;\n".repeat(30).into_bytes()));
    assert_eq!(file("m/large").await, Some(large));
    assert_eq!(file("m/empty").await, Some(Vec::new()));
    assert_eq!(file("m/none").await, None);
    let error = forge.file(&"9".repeat(40), "m/empty").await.unwrap_err();
    assert!(error.message().contains("No commit found"), "{error}");
    fake.assert_contracts();
}

#[tokio::test]
async fn a_client_that_cannot_work_says_why() {
    let message = |api_url: &str, token: Option<&str>| {
        let error = connect(&repository(api_url, token)).err().expect("an error");
        assert_eq!(error.kind(), Kind::Usage);
        assert!(!shown(&error).contains("s3cret"));
        error.to_string()
    };
    let url = "https://api.github.com";
    assert_eq!(message(url, None), "there is no token for GitHub");
    for token in ["", "s3cret\n", "s3cret\u{e9}", "s3 cret"] {
        assert_eq!(message(url, Some(token)), "the token for GitHub has characters that no token has");
    }
    for url in ["", "github.com", "file:///etc", "ftp://x"] {
        assert_eq!(message(url, Some("s3cret")), format!("`{url}` is not the address of a GitHub API"));
    }
}

#[test]
fn the_check_against_the_description_finds_what_is_wrong() {
    let Some(api) = OpenApi::github() else { return };
    let fake = fake();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { upsert(&fake, 1, "x").await.unwrap() });
    let exchanges = fake.exchanges();
    let posted = exchanges.iter().find(|one| one.method == "POST" && one.path.ends_with("comments")).unwrap();
    assert_eq!(api.faults(posted), [""; 0]);
    let with = |change: &dyn Fn(&mut crate::support::contracts::Exchange)| {
        let mut wrong = posted.clone();
        change(&mut wrong);
        api.faults(&wrong).len()
    };
    assert_eq!(with(&|wrong| wrong.body = "{\"body\":\"x\",\"bdoy\":1}".to_owned()), 1);
    assert_eq!(with(&|wrong| wrong.body = "{}".to_owned()), 1);
    assert_eq!(with(&|wrong| wrong.query.push(("per_page".to_owned(), "1".to_owned()))), 1);
    assert_eq!(with(&|wrong| wrong.answer = wrong.answer.replace("\"html_url\"", "\"page\"")), 2);
    assert_eq!(with(&|wrong| wrong.status = Some(202)), 1);
    assert_eq!(with(&|wrong| wrong.path = "/repos/acme/shop/nothing".to_owned()), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_projects_and_bodies_say_each_has_one_comment(
        texts in prop::collection::vec(("[a-z<>!\\-\"\\\\\n🔴]{0,12}", "(?s).{1,200}"), 1..5),
    ) {
        let fake = fake();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut expected = std::collections::BTreeMap::new();
        runtime.block_on(async {
            let forge = client(&fake, TOKEN);
            for (project, body) in &texts {
                let slot = Slot { project: project.clone(), ..slot(1) };
                sticky::upsert(&forge, PULL, &slot, body).await.unwrap();
                expected.insert(project.clone(), body.clone());
            }
        });
        let mut left = bodies(&fake);
        let mut right: Vec<_> = expected.into_values().collect();
        left.sort();
        right.sort();
        prop_assert_eq!(left, right);
    }
}

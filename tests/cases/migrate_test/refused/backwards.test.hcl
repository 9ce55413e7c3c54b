test "migrate" "a" {
  migrate { to = "2" }
  migrate { to = "1" }
}

test "migrate" "a" {
  migrate { to = "4" }
}

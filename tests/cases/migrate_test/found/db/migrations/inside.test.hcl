test "migrate" "inside" {
  migrate { to = "1" }
}

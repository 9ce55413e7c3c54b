test "migrate" "named" {
  migrate { to = "1" }
}

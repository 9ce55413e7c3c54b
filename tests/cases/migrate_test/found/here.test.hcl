test "migrate" "here" {
  migrate { to = "1" }
}

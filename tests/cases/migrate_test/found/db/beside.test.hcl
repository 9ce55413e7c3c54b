test "migrate" "beside" {
  migrate { to = "1" }
}

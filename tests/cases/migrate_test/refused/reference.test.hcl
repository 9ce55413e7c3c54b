test "migrate" "a" {
  migrate { to = var.version }
}

test "migrate" "a" {
  migrate {}
}

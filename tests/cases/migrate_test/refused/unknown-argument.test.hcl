test "migrate" "a" {
  retries = 3
}

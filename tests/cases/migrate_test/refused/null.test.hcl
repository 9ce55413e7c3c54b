test "migrate" "a" {
  log { message = null }
}

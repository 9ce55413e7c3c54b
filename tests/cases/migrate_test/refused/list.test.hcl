test "migrate" "a" {
  log { message = ["a"] }
}

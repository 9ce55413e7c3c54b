test "migrate" "a" {
  log { message = 1 + 2 }
}

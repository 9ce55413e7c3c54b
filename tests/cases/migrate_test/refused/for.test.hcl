test "migrate" "a" {
  log { message = [for x in [] : x] }
}

test "migrate" "a" {
  parallel = true
}

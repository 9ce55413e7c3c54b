test "migrate" "a" {
  for_each = ["a"]
}

test "migrate" "a" {
  assert { error_message = "x" }
}

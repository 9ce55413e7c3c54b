test "migrate" "a" {
  skip = "yes"
}

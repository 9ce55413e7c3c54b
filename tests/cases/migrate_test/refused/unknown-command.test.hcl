test "migrate" "a" {
  apply { url = "file://x" }
}

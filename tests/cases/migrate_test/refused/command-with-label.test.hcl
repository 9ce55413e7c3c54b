test "migrate" "a" {
  exec "x" { sql = "SELECT 1" }
}

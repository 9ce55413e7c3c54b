test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    match = "(1"
  }
}

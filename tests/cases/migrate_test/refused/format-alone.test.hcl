test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    format = table
  }
}

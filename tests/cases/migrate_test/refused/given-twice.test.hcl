test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    sql = "SELECT 2"
  }
}

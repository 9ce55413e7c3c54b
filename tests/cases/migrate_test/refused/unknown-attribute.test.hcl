test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    outptu = "1"
  }
}

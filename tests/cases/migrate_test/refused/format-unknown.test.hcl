test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    output = "1"
    format = tabel
  }
}

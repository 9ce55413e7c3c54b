test "migrate" "a" {
  exec { sql = file("x.sql") }
}

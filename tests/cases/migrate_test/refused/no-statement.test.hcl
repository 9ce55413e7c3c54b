test "migrate" "a" {
  exec { sql = "-- nothing" }
}

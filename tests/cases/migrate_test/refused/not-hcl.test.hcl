test "migrate" "a" {
  exec {
    sql = 
  }
}

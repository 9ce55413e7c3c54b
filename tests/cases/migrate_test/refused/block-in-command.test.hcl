test "migrate" "a" {
  exec {
    sql = "SELECT 1"
    output { text = "1" }
  }
}

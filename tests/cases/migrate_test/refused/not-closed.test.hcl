test "migrate" "a" {
  exec { sql = <<SQL
SELECT 1

test "migrate" "a" {
  exec {
    sql = <<-SQL
      SELECT 1;
      SELECT ${each.value};
    SQL
  }
}

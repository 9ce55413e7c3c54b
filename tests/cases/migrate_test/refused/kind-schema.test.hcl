test "schema" "a" {}

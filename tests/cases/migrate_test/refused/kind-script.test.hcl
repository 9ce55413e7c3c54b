test "script" "a" {}

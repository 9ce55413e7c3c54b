test "load" "a" {}

test "migrate" "a" "b" {}

test "plan" "a" {}

test "migrate" {}

test "migrate" "a" {
  log { message = "é ${self.name}" }
}

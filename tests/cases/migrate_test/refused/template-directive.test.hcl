test "migrate" "a" {
  log { message = "%{ if true }a%{ endif }" }
}

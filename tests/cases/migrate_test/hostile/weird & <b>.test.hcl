test "migrate" "in an odd file" {
  catch {
    sql   = "SELECT ("
    error = "(" 
  }
}

test "migrate" "rows that are not unique" {
  migrate { to = "3" }
  exec { sql = "INSERT INTO users (name, first_name) VALUES ('a', 'Ada'), ('b', 'Ada')" }
  cleanup { sql = "SELECT id FROM tags" }
  migrate { to = "4" }
}

test "migrate" "rows without their row" {
  migrate { to = "4" }
  exec { sql = "INSERT INTO users (name) VALUES ('Ada'); INSERT INTO orders (user_id) VALUES (1)" }
  migrate { to = "5" }
}

test "migrate" "a transaction that is left open" {
  exec { sql = "BEGIN" }
  migrate { to = "1" }
}

test "migrate" "on an empty database they run" {
  migrate { to = "5" }
}

# What every command does.
test "migrate" "every command" {
  migrate { to = "1" }
  exec {
    sql = <<-SQL
      INSERT INTO users (name) VALUES ('Ada Lovelace');
      INSERT INTO users (name) VALUES ('Plato'); -- the second
    SQL
  }
  log { message = "seeded" }
  migrate { to = 2 }
  migrate { to = "2" }
  exec {
    sql    = "SELECT id, first_name, last_name FROM users ORDER BY id"
    output = <<CSV
1,Ada,Lovelace
2,Plato,NULL
CSV
  }
  exec {
    sql    = "SELECT first_name, last_name FROM users WHERE id = 1"
    output = "Ada, Lovelace"
  }
  exec {
    sql    = "SELECT id, first_name FROM users"
    format = table
    output = <<-TAB
       id | first_name
      ----+------------
       1  | Ada
       2  | Plato
    TAB
  }
  exec {
    sql    = "SELECT id AS nobody FROM users WHERE id > 2"
    format = "table"
    output = " nobody\n--------"
  }
  exec {
    sql   = "SELECT name FROM users"
    match = "(?m)^Ada [A-Z]"
  }
  exec {
    sql    = "SELECT 'a,b', 'say \"x\"', x'00ff', 1.5, ''"
    output = "\"a,b\",\"say \"\"x\"\"\",X'00FF',1.5,"
  }
  exec {
    sql    = "SELECT 1 WHERE false"
    output = ""
  }
  assert { sql = "SELECT count(*) = 2 FROM users" }
  catch { sql = "INSERT INTO users (name) VALUES (NULL)" }
  catch {
    sql   = "SELECT 1; INSERT INTO users (name) VALUES (NULL)"
    error = "NOT NULL constraint failed: users.name"
  }
  catch {
    sql   = "SELECT ("
    error = "incomplete input$"
  }
  cleanup { sql = "DELETE FROM users" }
}

test "migrate" "left out" {
  skip = true
  exec { sql = "SELECT nothing FROM nowhere" }
}

test "migrate" "each starts empty" {
  catch {
    sql   = "SELECT * FROM users"
    error = "no such table"
  }
  migrate { to = "3" }
  assert { sql = "SELECT count(*) = 0 FROM users" }
}

test "migrate" "says nothing" {}

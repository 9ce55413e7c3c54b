test "migrate" "output" {
  migrate { to = "1" }
  exec { sql = "INSERT INTO users (name) VALUES ('Ada'), ('Grace')" }
  exec {
    sql    = "SELECT id, name FROM users"
    output = "1,Ada"
  }
  exec { sql = "SELECT this does not run" }
}

test "migrate" "no output" {
  migrate { to = "1" }
  exec {
    sql    = "SELECT name FROM users"
    output = "Ada"
  }
}

test "migrate" "table" {
  exec {
    sql    = "SELECT 1 AS one"
    format = table
    output = "1"
  }
}

test "migrate" "match" {
  exec {
    sql   = "SELECT 'one'"
    match = "^two$"
  }
}

test "migrate" "statement in the middle" {
  exec {
    sql = <<-SQL
      CREATE TABLE a (b integer NOT NULL);

      INSERT INTO a VALUES (1);
      INSERT INTO a
        VALUES (NULL);
      INSERT INTO a VALUES (3);
    SQL
  }
}

test "migrate" "assert" {
  assert {
    sql           = "SELECT 1 > 2"
    error_message = "one is not more than two"
  }
}

test "migrate" "assert of two rows" {
  assert { sql = "SELECT 1 UNION SELECT 2" }
}

test "migrate" "assert of nothing" {
  assert { sql = "SELECT NULL" }
}

test "migrate" "assert that fails" {
  assert { sql = "SELECT one" }
}

test "migrate" "catch of nothing" {
  catch { sql = "SELECT 1; SELECT 2" }
}

test "migrate" "catch of something else" {
  catch {
    sql   = "SELECT one"
    error = "UNIQUE"
  }
}

test "migrate" "cleanups run, the last one first" {
  cleanup { sql = "INSERT INTO seen VALUES ('first')" }
  exec { sql = "CREATE TABLE seen (what text CHECK (what = 'second'))" }
  exec { sql = "SELECT one" }
  cleanup { sql = "INSERT INTO seen VALUES ('second'); SELECT two" }
}

test "migrate" "only its cleanup" {
  cleanup { sql = "SELECT three" }
}

test "migrate" "the others go on" {
  log { message = "still here" }
}
